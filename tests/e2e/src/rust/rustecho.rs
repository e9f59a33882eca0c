// SPDX-License-Identifier: GPL-2.0-or-later

// rustecho serve ADDRESS N: echoes N connections, a thread for each.
// rustecho ask ADDRESS: four clients at a time of such a server, and UDP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;
use std::{env, fs, io, process, thread};

fn echo(mut stream: TcpStream) -> io::Result<u64> {
    let mut out = stream.try_clone()?;
    let n = io::copy(&mut stream, &mut out)?;
    out.shutdown(Shutdown::Write)?;
    Ok(n)
}

fn serve(address: &str, count: usize) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("{}", listener.local_addr()?);
    let threads: Vec<_> = listener
        .incoming()
        .take(count)
        .map(|stream| thread::spawn(move || echo(stream.unwrap()).unwrap()))
        .collect();
    let sizes: u64 = threads.into_iter().map(|t| t.join().unwrap()).sum();
    println!("{} bytes", sizes);
    Ok(())
}

fn ask(address: &str, size: usize) -> io::Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let sent = vec![b'r'; size];
    let copy = sent.clone();
    let sender = thread::spawn(move || {
        out.write_all(&copy).unwrap();
        out.shutdown(Shutdown::Write).unwrap();
    });
    let mut got = Vec::new();
    stream.read_to_end(&mut got)?;
    sender.join().unwrap();
    assert_eq!(sent, got);
    Ok(got.len())
}

fn datagrams() -> io::Result<()> {
    let one = UdpSocket::bind("10.77.0.1:0")?;
    let two = UdpSocket::bind("10.77.0.1:0")?;
    let mut buf = [0; 100];
    one.send_to(b"datagram", two.local_addr()?)?;
    let (n, from) = two.recv_from(&mut buf)?;
    println!("{} {}", String::from_utf8_lossy(&buf[..n]), from == one.local_addr()?);
    two.set_read_timeout(Some(Duration::from_millis(50)))?;
    println!("{:?}", two.recv(&mut buf).unwrap_err().kind());
    Ok(())
}

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().collect();
    if args.len() == 4 && args[1] == "serve" {
        return serve(&args[2], args[3].parse().unwrap());
    }
    let address = args[2].clone();
    let threads: Vec<_> = (1..5)
        .map(|i| {
            let address = address.clone();
            thread::spawn(move || ask(&address, i * 50_000))
        })
        .collect();
    for t in threads {
        println!("{}", t.join().unwrap()?);
    }
    datagrams()?;
    println!("{:?}", "six.far:80".to_socket_addrs()?.next());
    println!("{}", TcpStream::connect("10.77.0.1:1").unwrap_err());
    fs::write("rust-out", fs::read_to_string("/srv/data/hello.txt")?)?;
    println!("{}", BufReader::new(fs::File::open("/srv/data/words.txt")?).lines().count());
    let far = process::Command::new("uname").arg("-n").output()?;
    print!("{}", String::from_utf8_lossy(&far.stdout));
    Ok(())
}

// SPDX-License-Identifier: GPL-2.0-or-later

// What Rust's library does with files, threads, processes and sockets; the
// output is the same natively and under rsx-trace.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::sync::{mpsc, Arc, Mutex};
use std::{env, io, thread};

fn files() -> io::Result<()> {
    fs::create_dir_all("deep/er")?;
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open("deep/f")?;
    for i in 0..1000 {
        writeln!(file, "line {}", i)?;
    }
    file.seek(SeekFrom::Start(5))?;
    let mut some = [0u8; 10];
    file.read_exact(&mut some)?;
    println!("read {:?}", String::from_utf8_lossy(&some));
    println!("lines {}", BufReader::new(File::open("deep/f")?).lines().count());
    fs::set_permissions("deep/f", fs::Permissions::from_mode(0o640))?;
    symlink("f", "deep/link")?;
    fs::copy("deep/f", "deep/er/copy")?;
    fs::rename("deep/er/copy", "copy")?;
    let data = fs::metadata("deep/link")?;
    println!("mode {:o} size {} links {}", data.mode(), data.size(), data.nlink());
    println!("link {:?}", fs::read_link("deep/link")?);
    let mut names: Vec<_> = fs::read_dir("deep")?
        .map(|entry| entry.map(|e| (e.file_name(), e.file_type().unwrap().is_symlink())))
        .collect::<Result<_, _>>()?;
    names.sort();
    println!("{:?}", names);
    println!("{:?}", File::open("nothing").map_err(|e| (e.kind(), e.raw_os_error())).err());
    println!("{:?}", fs::remove_dir("deep").map_err(|e| e.raw_os_error()));
    fs::remove_dir_all("deep")?;
    println!("here {}", env::current_dir()?.is_absolute());
    println!("host {:?}", fs::read_to_string("/etc/hostname")?);
    Ok(())
}

fn threads() {
    let total = Arc::new(Mutex::new(0));
    let (to, from) = mpsc::channel();
    let workers: Vec<_> = (0..8)
        .map(|i| {
            let (total, to) = (Arc::clone(&total), to.clone());
            thread::spawn(move || {
                let name = format!("thread-{}", i);
                fs::write(&name, name.repeat(100)).unwrap();
                *total.lock().unwrap() += fs::read(&name).unwrap().len();
                to.send(i).unwrap();
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    drop(to);
    println!("total {} of {}", total.lock().unwrap(), from.iter().sum::<i32>());
}

fn processes() -> io::Result<()> {
    let out = Command::new("sh").args(["-c", "cat thread-3 | wc -c; exit 4"]).output()?;
    println!("shell {:?} {}", out.status.code(), String::from_utf8_lossy(&out.stdout).trim());
    let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    cat.stdin.take().unwrap().write_all(b"through a pipe")?;
    println!("cat {}", String::from_utf8_lossy(&cat.wait_with_output()?.stdout));
    println!("{:?}", Command::new("/no/such/program").spawn().map_err(|e| e.kind()).err());
    Ok(())
}

fn sockets() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || -> io::Result<()> {
        let (mut peer, _) = listener.accept()?;
        let mut text = String::new();
        peer.read_to_string(&mut text)?;
        peer.write_all(text.to_uppercase().as_bytes())
    });
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(b"hello")?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    server.join().unwrap()?;
    println!("tcp {} {}", answer, stream.nodelay()?);
    let (one, two) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    one.send_to(b"datagram", two.local_addr()?)?;
    let mut buf = [0; 100];
    let (n, from) = two.recv_from(&mut buf)?;
    println!("udp {} {}", n, from == one.local_addr()?);
    Ok(())
}

fn main() -> io::Result<()> {
    files()?;
    threads();
    processes()?;
    sockets()
}

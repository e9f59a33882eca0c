# SPDX-License-Identifier: GPL-2.0-or-later
# asyncio: streams, datagrams, child processes, signals, threads, in one loop.
#: worlds net
#: needs python3
#: shell /usr/bin/python3
import asyncio, os, signal, socket

FAR = ["t-there", "10.77.0.1"]

async def echo(reader, writer):
    while data := await reader.readline():
        writer.write(data.upper()); await writer.drain()
    writer.close()

async def ask(host, port, lines):
    reader, writer = await asyncio.open_connection(host, port)
    for line in lines:
        writer.write(line.encode() + b"\n")
    writer.write_eof()
    answer = await reader.read(); writer.close(); await writer.wait_closed()
    return answer.decode().split()

class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, addr): self.transport.sendto(data[::-1], addr)

async def over_there(command):
    child = await asyncio.create_subprocess_exec(*FAR, command, stdout=asyncio.subprocess.PIPE)
    return (await child.communicate())[0].decode().strip(), child.returncode

async def main():
    server = await asyncio.start_server(echo, ["10.77.0.1", "fd77::1"], 8080)
    print(sorted(s.getsockname()[:2] for s in server.sockets))
    asks = [ask(("lan.far", "six.far")[i % 2], 8080, [f"line{i}"] * i) for i in range(20)]
    print(*await asyncio.gather(*asks), sep="\n")
    print(await over_there("exec 3<>/dev/tcp/10.77.0.1/8080; echo from there >&3; read x <&3; echo $x"))
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Datagrams, ("10.77.0.1", 8081))
    print(await over_there("printf abc | t-udp 10.77.0.1 8081"))
    transport.close()
    child = await asyncio.create_subprocess_shell("read a; echo got $a; exit 3",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await child.communicate(b"input\n"), child.returncode)
    got = asyncio.Event(); loop.add_signal_handler(signal.SIGUSR1, got.set)
    os.kill(os.getpid(), signal.SIGUSR1); await got.wait(); print("signal")
    print(await asyncio.to_thread(lambda: open("/srv/data/hello.txt").read()))
    print([i[4] for i in await loop.getaddrinfo("lan.far", 80, type=socket.SOCK_STREAM)])
    sender, taker = asyncio.Queue(), []
    async def consume():
        while (item := await sender.get()) is not None: taker.append(item)
    task = asyncio.create_task(consume())
    for i in range(100): await sender.put(i)
    await sender.put(None); await task; print(sum(taker))
    try:
        await asyncio.wait_for(asyncio.open_connection("10.77.0.99", 80), 0.3)
    except (TimeoutError, asyncio.TimeoutError): print("timeout")
    try:
        await asyncio.open_connection("10.77.0.1", 9999)
    except OSError as err: print(err)
    server.close(); await server.wait_closed()

asyncio.run(main())

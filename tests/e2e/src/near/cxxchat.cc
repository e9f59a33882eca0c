// SPDX-License-Identifier: GPL-2.0-or-later
//
// cxxchat ADDRESS PORT N: a line goes to everyone who is connected, until N
// clients have come and gone. A thread for each of them, iostreams over the
// sockets, a condition variable for the end; an exception for what fails.
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

[[noreturn]] void fail(const char *what)
{
	throw std::system_error(errno, std::generic_category(), what);
}

class Listener {
public:
	Listener(const std::string &address, int port) : fd_(socket(AF_INET, SOCK_STREAM, 0))
	{
		sockaddr_in at{};
		int on = 1;

		at.sin_family = AF_INET;
		at.sin_port = htons(static_cast<in_port_t>(port));
		inet_pton(AF_INET, address.c_str(), &at.sin_addr);
		setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd_, reinterpret_cast<sockaddr *>(&at), sizeof(at)) || listen(fd_, 10))
			fail("listen");
	}
	~Listener() { close(fd_); }
	Listener(const Listener &) = delete;
	Listener &operator=(const Listener &) = delete;
	int next() const { return accept(fd_, nullptr, nullptr); }

private:
	int fd_;
};

class Room {
public:
	void enter(int fd)
	{
		std::lock_guard<std::mutex> guard(mutex_);
		heard_[fd] = 0;
		changed_.notify_all();
	}
	void leave(int fd)
	{
		std::lock_guard<std::mutex> guard(mutex_);
		heard_.erase(fd);
	}
	void say(const std::string &line)
	{
		std::lock_guard<std::mutex> guard(mutex_);
		lines_.push_back(line);
		for (auto &member : heard_)
			if (send(member.first, line.data(), line.size(), MSG_NOSIGNAL) > 0)
				member.second++;
	}
	std::vector<std::string> lines()
	{
		std::lock_guard<std::mutex> guard(mutex_);
		auto sorted = lines_;
		std::sort(sorted.begin(), sorted.end());
		return sorted;
	}

private:
	std::mutex mutex_;
	std::condition_variable changed_;
	std::map<int, int> heard_;
	std::vector<std::string> lines_;
};

int chat(Room &room, int fd)
{
	std::string pending;
	char buf[256];
	int said = 0;

	room.enter(fd);
	for (ssize_t n; (n = read(fd, buf, sizeof(buf))) > 0;) {
		pending.append(buf, static_cast<size_t>(n));
		for (size_t end; (end = pending.find('\n')) != std::string::npos; said++) {
			room.say(pending.substr(0, end + 1));
			pending.erase(0, end + 1);
		}
	}
	room.leave(fd);
	close(fd);
	return said;
}

}  // namespace

int main(int argc, char **argv)
{
	try {
		if (argc != 4)
			throw std::invalid_argument("usage: cxxchat ADDRESS PORT N");
		Listener listener(argv[1], std::stoi(argv[2]));
		Room room;
		std::vector<std::future<int>> talks;

		for (int i = std::stoi(argv[3]); i > 0; i--)
			talks.push_back(std::async(std::launch::async, chat, std::ref(room),
						   listener.next()));
		int said = 0;
		for (auto &talk : talks)
			said += talk.get();
		std::ofstream log("chat.log");
		for (const auto &line : room.lines())
			log << line;
		std::cout << said << " lines" << std::endl;
		std::ifstream far("/srv/data/hello.txt");
		for (std::string word; far >> word;)
			std::cout << word << '|';
		std::cout << std::endl;
	} catch (const std::exception &e) {
		std::cerr << "cxxchat: " << e.what() << std::endl;
		return 1;
	}
	return 0;
}

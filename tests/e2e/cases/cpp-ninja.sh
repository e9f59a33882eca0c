# SPDX-License-Identifier: GPL-2.0-or-later
# A small C and C++ project over there: cmake, with ninja and with make -j, a test, an install.
#: worlds nousr
#: needs cmake ninja make g++ gcc
#: timeout 120
#: ignore /srv/work/project/by-*/CMakeFiles/* /srv/work/project/by-*/.ninja* /srv/work/project/by-*/Testing/* /srv/work/project/by-*/install_manifest.txt /srv/work/project/by-*/*.a
mkdir project && cd project && cp /srv/cproject/*.[ch] .
cat >count.cc <<-END
	#include <fstream>
	#include <iostream>
	#include <map>
	int main(int, char **argv)
	{
		std::map<std::string, int> words;
		std::ifstream in(argv[1]);
		for (std::string word; in >> word;)
			++words[word];
		for (auto &[word, times] : words)
			std::cout << word << ' ' << times << std::endl;
	}
END
cat >CMakeLists.txt <<-END
	cmake_minimum_required(VERSION 3.20)
	project(small C CXX)
	enable_testing()
	add_library(parts STATIC list.c sum.c text.c)
	add_executable(report main.c)
	target_link_libraries(report parts)
	add_executable(count count.cc)
	set_property(TARGET count PROPERTY CXX_STANDARD 17)
	add_test(NAME words COMMAND count /srv/data/words.txt)
	install(TARGETS report count DESTINATION bin)
END
for how in Ninja 'Unix Makefiles'; do
	dir=by-${how##* }
	cmake -G "$how" -S . -B "$dir" >"$dir.log"; echo $?; grep -c . "$dir.log" >/dev/null; rm "$dir.log"
	cmake --build "$dir" -j2 >/dev/null; echo $?
	"$dir/report"; "$dir/count" /srv/data/words.txt
	(cd "$dir" && ctest 2>&1 | grep 'tests passed')
	cmake --install "$dir" --prefix "$PWD/to-$dir" >/dev/null; ls "to-$dir/bin"
	touch text.c; cmake --build "$dir" | grep -c 'text.c'; cmake --build "$dir" | grep -c 'text.c'
done

# SPDX-License-Identifier: GPL-2.0-or-later
# Programs compiled over there and run: C, C++, Go and Rust, dynamic and static; gcc and make -j, a library.
#: worlds nousr
#: needs gcc g++ make go rustc
#: timeout 300
#: ignore /srv/work/*.o /srv/work/c /srv/work/cs /srv/work/cc /srv/work/ccs /srv/work/go* /srv/work/rs* /srv/work/lib*.a /home/* /tmp/* /srv/work/many/*
cat >c.c <<-END
	#include <stdio.h>
	#include <stdlib.h>
	#include <unistd.h>
	int main(int argc, char **argv) { char h[64]; gethostname(h, 64); printf("%s %d %s %d\n", argv[0], argc, h, getuid()); FILE *f = fopen("from-c", "a"); fprintf(f, "%s\n", argv[0]); return fclose(f); }
END
cat >cc.cc <<-END
	#include <fstream>
	#include <iostream>
	int main() { std::ifstream in("/srv/data/hello.txt"); std::ofstream out("from-cc", std::ios::app); std::string line; std::getline(in, line); out << line << '\n'; std::ifstream none("/srv/none"); std::cout << line << none.is_open() << std::endl; }
END
cat >go.go <<-END
	package main
	import ("fmt"; "os"; "path/filepath"; "io/fs")
	func main() { h, _ := os.Hostname(); n := 0; filepath.WalkDir("/srv/data/many", func(p string, d fs.DirEntry, err error) error { n++; return err }); fmt.Println(h, n, os.WriteFile("from-go", []byte(h), 0640)); _, err := os.Open("/srv/none"); fmt.Println(err) }
END
cat >rs.rs <<-END
	use std::{env, fs, io::Write};
	fn main() { let n = fs::read_dir("/srv/data/many").unwrap().count(); let mut f = fs::File::create("from-rs").unwrap(); writeln!(f, "{}", n).unwrap(); println!("{} {:?} {:?}", n, env::current_dir(), fs::metadata("/srv/none").map_err(|e| e.kind()).err()); }
END
gcc -c c.c; gcc c.o -o c && ./c a b; gcc -static c.o -o cs && ./cs; g++ -c cc.cc; g++ cc.o -o cc && ./cc; g++ -s -static -x c++ - -o ccs <<<'#include <cstdio>
#include <string>
int main() { std::string s("far"); return std::puts((s + "!").c_str()) < 0; }' && ./ccs; cat from-c from-cc
export GOCACHE=/tmp/go-cache GOFLAGS=-p=2 GO111MODULE=off CGO_ENABLED=0; go build -o go1 go.go; echo $?; ./go1; cat from-go; echo
rustc -C opt-level=0 rs.rs -o rs1; echo $?; ./rs1; cat from-rs; rustc -C target-feature=+crt-static rs.rs -o rs2; ./rs2
mkdir many; for i in 1 2 3 4; do echo "int f$i(void) { return $i; }" >many/f$i.c; done; echo 'int f1(void), f4(void); int main(void) { return f1() + f4(); }' >many/main.c
printf 'objs := $(patsubst %%.c,%%.o,$(wildcard *.c))\nsum: main.o libf.so\n\t$(CC) -o $@ main.o -L. -lf -Wl,-rpath,$(CURDIR)\nlibf.so: $(filter-out main.o,$(objs))\n\t$(CC) -shared -o $@ $^\n%%.o: %%.c\n\t$(CC) -fPIC -c -o $@ $<\n' >many/Makefile
make -s -j4 -C many; many/sum; echo $?; make -C many -q; echo $?

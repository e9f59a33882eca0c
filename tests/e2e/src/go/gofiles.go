// SPDX-License-Identifier: GPL-2.0-or-later

// Goroutines that read, write and list files, and a child process.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"sync"
)

func digest(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))[:16]
}

func digests(paths []string) []string {
	lines := make([]string, len(paths))
	var group sync.WaitGroup
	for i, path := range paths {
		group.Add(1)
		go func(i int, path string) {
			defer group.Done()
			lines[i] = filepath.Base(path) + " " + digest(path)
			name := fmt.Sprintf("go-%03d", i)
			if err := os.WriteFile(name, []byte(lines[i]), 0o644); err != nil {
				lines[i] = err.Error()
			}
		}(i, path)
	}
	group.Wait()
	sort.Strings(lines)
	return lines
}

func main() {
	host, err := os.Hostname()
	fmt.Println("host", host, err)
	paths, _ := filepath.Glob("/srv/data/many/*")
	for _, line := range digests(paths[:60]) {
		fmt.Println(line)
	}
	out, err := exec.Command("cat", "/srv/WORLD").Output()
	fmt.Printf("child: %q %v\n", out, err)
	err = exec.Command("sh", "-c", "exit 3").Run()
	fmt.Println("child:", err)
	_, err = os.Open("/srv/nothing")
	fmt.Println(err)
}

// SPDX-License-Identifier: GPL-2.0-or-later

// gonet serve ADDRESS: an HTTP server of /srv/data until somebody gets /quit.
// gonet get URL...: gets all of them at once, and posts to the first.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

func sum(from io.Reader) string {
	hash := sha256.New()
	n, err := io.Copy(hash, from)
	return fmt.Sprintf("%d bytes, %x, %v", n, hash.Sum(nil)[:6], err)
}

func serve(address string) {
	server := &http.Server{Addr: address}
	done := make(chan struct{})
	var once sync.Once
	http.Handle("/", http.FileServer(http.Dir("/srv/data")))
	http.HandleFunc("/sum", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, sum(r.Body))
	})
	http.HandleFunc("/quit", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "bye")
		once.Do(func() { close(done) })
	})
	stopped := make(chan struct{})
	go func() {
		<-done
		server.Shutdown(context.Background())
		close(stopped)
	}()
	err := server.ListenAndServe()
	fmt.Println(err)
	if err == http.ErrServerClosed {
		<-stopped
	}
}

func fetch(url string) string {
	answer, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	return fmt.Sprintf("%s: %s, %s", url, answer.Status, sum(answer.Body))
}

func get(urls []string) {
	lines := make([]string, len(urls))
	var group sync.WaitGroup
	for i, url := range urls {
		group.Add(1)
		go func(i int, url string) {
			defer group.Done()
			lines[i] = fetch(url)
		}(i, url)
	}
	group.Wait()
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))
}

func post(url string) {
	body := bytes.Repeat([]byte("0123456789"), 50000)
	answer, err := http.Post(url, "text/plain", bytes.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	fmt.Print(string(text))
}

func main() {
	if len(os.Args) < 3 {
		fmt.Println("usage: gonet serve ADDRESS | gonet get URL...")
		os.Exit(2)
	}
	if os.Args[1] == "serve" {
		serve(os.Args[2])
		return
	}
	name, _ := os.Hostname()
	names, err := net.LookupHost("lan.far")
	fmt.Println(name, names, err)
	get(os.Args[2:])
	post(os.Args[2])
	_, err = net.DialTimeout("tcp", "10.77.0.99:80", 200*time.Millisecond)
	fmt.Println(err)
	_, err = net.Dial("tcp", "10.77.0.1:1")
	fmt.Println(err)
}

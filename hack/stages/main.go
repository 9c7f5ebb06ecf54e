// Command stages runs what a build machine has to run, several stages at a
// time, and keeps together what each of them prints.
//
//	stages --logs bin/log 'build: make build' 'e2e after build: make test-e2e' 'lint: make lint'
//
// A stage starts when those that it names are done, and isn't run when one of
// them failed. Its output is printed whole when it ends, and line by line while
// it is the only one that runs; the folder of --logs has it all the time, in a
// file for each stage. Ctrl-C interrupts every stage and waits until all have
// cleaned up after themselves; a second one ends them at once.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	logs := flag.String("logs", "bin/log", "folder for the output of the stages")
	flag.Parse()
	stages, err := parse(flag.Args())
	if err == nil {
		err = os.MkdirAll(*logs, 0o755)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stages:", err)
		os.Exit(2)
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	os.Exit(newRunner(stages, *logs, os.Stdout).run(signals))
}

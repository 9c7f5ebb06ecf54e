// Command bench measures Crier against programs that do less: Postfix'
// smtp-source, go-mail alone, sort and gzip. Started by make bench and make
// bench-million; docs/performance.md says what the rows are.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

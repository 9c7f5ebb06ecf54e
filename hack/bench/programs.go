package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"crier.dev/crier/hack/bench/internal/gomail"
	"crier.dev/crier/hack/bench/internal/proxy"
)

// newGomail is the reference program, as a process of its own so that its
// processor time can be told.
func newGomail() *cobra.Command {
	o := gomail.Options{Host: "127.0.0.1"}
	cmd := &cobra.Command{
		Use: "gomail", Short: "Send with go-mail alone", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return gomail.Send(cmd.Context(), o) },
	}
	cmd.Flags().IntVar(&o.Port, "port", 0, "port of the sink on 127.0.0.1")
	cmd.Flags().IntVar(&o.Messages, "messages", 1000, "messages to send")
	cmd.Flags().IntVar(&o.Connections, "connections", 10, "clients, each with one connection")
	return cmd
}

// newProxy prints its port and runs until its standard input ends.
func newProxy() *cobra.Command {
	var to string
	var delay time.Duration
	cmd := &cobra.Command{
		Use: "proxy", Short: "Put a long way before an address", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed with the context
			if err != nil {
				return err
			}
			fmt.Println(l.Addr().(*net.TCPAddr).Port)
			proxy.Ready(64)
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			go func() {
				_, _ = io.Copy(io.Discard, os.Stdin) // whoever started it is gone
				stop()
			}()
			return proxy.Serve(ctx, l, to, delay)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "address to pass connections on to")
	cmd.Flags().DurationVar(&delay, "delay", 0, "how long each octet takes, in each direction")
	return cmd
}

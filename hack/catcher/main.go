// Command catcher runs the scriptable SMTP server of internal/testing/smtptest as a program, with its HTTP
// control interface, for demonstrations and end-to-end tests. It needs no privileges and no files.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"crier.dev/crier/internal/testing/smtptest"
)

type options struct {
	smtp, http, script, forward, users string
	tlsCert, tlsKey, tlsNames, tlsCA   string
	implicit, requireTLS               bool
	keep                               int
}

func main() {
	o := options{}
	flag.StringVar(&o.smtp, "smtp", "127.0.0.1:2525", "address to take mail on")
	flag.StringVar(&o.http, "http", "127.0.0.1:8080", "address of the control interface, without login")
	flag.StringVar(&o.script, "script", "", "JSON file with the first script")
	flag.StringVar(&o.forward, "forward", "", "host:port of an SMTP server that gets a copy of each accepted message")
	flag.StringVar(&o.users, "users", "", "file with name:password lines; makes login required")
	flag.IntVar(&o.keep, "keep", 2000, "keep only the last N messages whole, 0 for all; counters stay")
	flag.StringVar(&o.tlsCert, "tls-cert", "", "certificate in PEM, offers STARTTLS")
	flag.StringVar(&o.tlsKey, "tls-key", "", "key in PEM")
	flag.StringVar(&o.tlsNames, "tls-self-signed", "", "comma-separated names to make a certificate for instead")
	flag.StringVar(&o.tlsCA, "tls-ca-out", "", "file to write the self-made certificate to, in PEM")
	flag.BoolVar(&o.implicit, "tls-implicit", false, "TLS from the first octet")
	flag.BoolVar(&o.requireTLS, "tls-require", false, "refuse MAIL without TLS")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		log.Fatalf("catcher: %v", err)
	}
}

// run serves until ctx ends or one of the listeners fails.
func run(ctx context.Context, o options) error {
	cfg, err := o.config()
	if err != nil {
		return err
	}
	var copies *forwarder
	if o.forward != "" {
		copies = newForwarder(o.forward)
		cfg.OnAccept = copies.offer
		go copies.run(ctx)
	}
	server, err := smtptest.New(cfg)
	if err != nil {
		return err
	}
	machine := newMachine(server, o.smtp, cfg.TLS)
	control := &http.Server{Addr: o.http, Handler: machine.control(), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 2)
	go func() { failed <- machine.serve(ctx) }()
	go func() { failed <- control.ListenAndServe() }()
	log.Printf("mail on %s, control on %s", o.smtp, o.http)
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	return errors.Join(err, server.Close(), control.Close())
}

// config reads the files that the flags name.
func (o options) config() (smtptest.Config, error) {
	cfg := smtptest.Config{Addr: o.smtp, ImplicitTLS: o.implicit, RequireTLS: o.requireTLS, Keep: o.keep}
	if o.script != "" {
		raw, err := os.ReadFile(o.script)
		if err != nil {
			return cfg, err
		}
		if err := json.Unmarshal(raw, &cfg.Script); err != nil {
			return cfg, fmt.Errorf("%s: %w", o.script, err)
		}
	}
	var err error
	if cfg.Users, err = readUsers(o.users); err != nil {
		return cfg, err
	}
	cfg.TLS, err = o.tls()
	return cfg, err
}

func (o options) tls() (*tls.Config, error) {
	switch {
	case o.tlsCert != "" && o.tlsNames != "":
		return nil, errors.New("--tls-cert and --tls-self-signed exclude each other")
	case o.tlsCert != "":
		pair, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
		return &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}, err
	case o.tlsNames == "":
		return nil, nil
	}
	settings, ca, err := smtptest.SelfSigned(strings.Split(o.tlsNames, ",")...)
	if err == nil && o.tlsCA != "" {
		err = os.WriteFile(o.tlsCA, ca, 0o644)
	}
	return settings, err
}

// readUsers reads name:password lines. Empty lines and lines that begin with # are skipped.
func readUsers(file string) (map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	users := map[string]string{}
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, password, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%s: line %d has no colon", file, i+1)
		}
		users[name] = password
	}
	return users, nil
}

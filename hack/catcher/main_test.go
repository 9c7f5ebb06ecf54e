package main

import (
	"context"
	"net/smtp"
	"os"
	"path/filepath"
	"testing"
	"time"

	"crier.dev/crier/internal/testing/smtptest"
)

func TestForwarderCopies(t *testing.T) {
	second := smtptest.Start(t, smtptest.Script{})
	copies := newForwarder(second.Addr())
	first := smtptest.StartConfig(t, smtptest.Config{OnAccept: copies.offer})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go copies.run(ctx)
	if err := smtp.SendMail(first.Addr(), nil, "a@a.test", []string{"b@b.test"}, []byte("Subject: x\r\n\r\n.\r\n")); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); second.Stats().Messages == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	got := second.Messages("b@b.test")
	if len(got) != 1 || string(got[0].Data) != string(first.Messages("")[0].Data) {
		t.Errorf("copies %+v", got)
	}
}

func TestForwarderNeverBlocks(t *testing.T) {
	f := newForwarder("127.0.0.1:1")
	for range queueLength + 5 {
		f.offer(smtptest.Message{})
	}
	if n := f.dropped.Load(); n != 5 {
		t.Errorf("dropped %d, want 5", n)
	}
}

func TestConfigReadsFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	o := options{
		users:    write("users", "# people\nu:p:q\n\n"),
		script:   write("script", `{"rules":[{"domain":"b.test","code":550}]}`),
		tlsNames: "catcher.test", tlsCA: filepath.Join(dir, "ca.pem"),
	}
	cfg, err := o.config()
	if err != nil || cfg.Users["u"] != "p:q" || len(cfg.Script.Rules) != 1 || cfg.TLS == nil {
		t.Errorf("config %+v, %v", cfg, err)
	}
	if ca, err := os.ReadFile(o.tlsCA); err != nil || len(ca) == 0 {
		t.Errorf("CA file: %v", err)
	}
	for _, bad := range []options{{users: write("bad", "nocolon\n")}, {script: write("bad.json", "{")}, {tlsCert: "x", tlsNames: "y"}} {
		if _, err := bad.config(); err == nil {
			t.Errorf("accepted %+v", bad)
		}
	}
}

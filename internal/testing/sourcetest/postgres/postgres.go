// Package postgres starts a real PostgreSQL server for tests and demonstrations.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"crier.dev/crier/internal/testing/sourcetest/certs"
)

// Programs is where Debian has the programs of version 15.
const Programs = "/usr/lib/postgresql/15/bin"

const (
	// Superuser may do everything.
	Superuser = "postgres"
	// Password is the password of Superuser.
	Password = "of-the-superuser"
	// Database is the one that is there from the start.
	Database = "postgres"
)

// ErrMissing says that PostgreSQL isn't installed.
var ErrMissing = errors.New("PostgreSQL is not installed: there is no " + Programs + "/postgres")

// Options say what is different from the usual server.
type Options struct {
	// Address to listen at; 127.0.0.1 unless given.
	Address string
	// Names that the certificate is for; Address and localhost unless given.
	Names []string
	// NoTLS has the server offer no TLS.
	NoTLS bool
	// Log gets what the server says; nil drops it.
	Log io.Writer
}

// Server is one that runs.
type Server struct {
	Host string
	Port int
	// CA signed its certificate, PEM.
	CA string

	sockets string
	command *exec.Cmd
	ended   chan struct{}
}

// Start makes a cluster below dir, starts its server, and waits until it takes
// connections. dir is given to the user postgres if it is root who starts it,
// as which PostgreSQL doesn't run. Whoever started it must call Stop.
func Start(ctx context.Context, dir string, o Options) (*Server, error) {
	if _, err := os.Stat(filepath.Join(Programs, "postgres")); err != nil {
		return nil, ErrMissing
	}
	if o.Address == "" {
		o.Address = "127.0.0.1"
	}
	if o.Names == nil {
		o.Names = []string{o.Address, "localhost"}
	}
	pair, err := certs.Make(o.Names...)
	if err != nil {
		return nil, err
	}
	as, err := account()
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, dir, o, pair, as); err != nil {
		return nil, err
	}
	return run(ctx, dir, o, string(pair.CA), as)
}

func run(ctx context.Context, dir string, o Options, ca string, as *syscall.Credential) (*Server, error) {
	port, err := free(o.Address)
	if err != nil {
		return nil, err
	}
	s := &Server{Host: o.Address, Port: port, CA: ca, sockets: dir, ended: make(chan struct{})}
	tls := "on"
	if o.NoTLS {
		tls = "off"
	}
	arguments := []string{"-D", filepath.Join(dir, "data"), "-k", dir, "-p", fmt.Sprint(port)}
	for _, setting := range []string{
		"listen_addresses=" + o.Address, "ssl=" + tls, "ssl_cert_file=" + filepath.Join(dir, "cert.pem"),
		"ssl_key_file=" + filepath.Join(dir, "key.pem"),
		// What is in it needn't outlive the machine.
		"fsync=off", "full_page_writes=off", "synchronous_commit=off",
	} {
		arguments = append(arguments, "-c", setting)
	}
	s.command = exec.Command(filepath.Join(Programs, "postgres"), arguments...) //nolint:noctx // it lives until Stop
	s.command.Dir = dir
	s.command.Stdout, s.command.Stderr = o.Log, o.Log
	s.command.SysProcAttr = process(as)
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.command.Wait()
		close(s.ended)
	}()
	if err := s.await(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		err := s.Exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return errors.New("PostgreSQL ended at once; Options.Log has why")
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL doesn't take connections: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server and all its sessions at once, and waits for its end. It
// may be called several times.
func (s *Server) Stop() {
	_ = s.command.Process.Signal(syscall.SIGQUIT)
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
		_ = s.command.Process.Kill()
		<-s.ended
	}
}

// Exec runs statements as Superuser, over a socket of this machine.
func (s *Server) Exec(ctx context.Context, statements string) error {
	return s.ExecIn(ctx, Database, statements)
}

// ExecIn is Exec in another database.
func (s *Server) ExecIn(ctx context.Context, database, statements string) error {
	config, err := pgconn.ParseConfig("host=localhost user=" + Superuser + " dbname=" + database + " sslmode=disable")
	if err != nil {
		return err
	}
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(s.sockets, fmt.Sprintf(".s.PGSQL.%d", s.Port)))
	}
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.Exec(ctx, statements).Close()
}

// Package slapd starts a real OpenLDAP server for tests and demonstrations.
package slapd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"crier.dev/crier/internal/testing/sourcetest/certs"
)

// Program is where Debian has the server.
const Program = "/usr/sbin/slapd"

const (
	// Suffix is the root of the directory.
	Suffix = "dc=example,dc=org"
	// AdminDN may do everything.
	AdminDN = "cn=admin," + Suffix
	// AdminPassword is the password of AdminDN.
	AdminPassword = "of-the-administrator"
)

// ErrMissing says that OpenLDAP isn't installed.
var ErrMissing = errors.New("OpenLDAP is not installed: there is no " + Program)

// Options say what is different from the usual server.
type Options struct {
	// Address to listen at; 127.0.0.1 unless given.
	Address string
	// Names that the certificate is for; Address and localhost unless given.
	Names []string
	// NoTLS has the server offer neither ldaps nor StartTLS.
	NoTLS bool
	// Config are lines for the database in slapd.conf (5), such as limits and
	// rights. Everybody may read unless one of them says otherwise.
	Config string
	// LDIF are entries to begin with, see Base and WritePeople.
	LDIF func(io.Writer) error
	// Log gets what the server says; nil drops it.
	Log io.Writer
}

// Server is one that runs.
type Server struct {
	// LDAP and LDAPS are the URLs.
	LDAP, LDAPS string
	// CA signed its certificate, PEM.
	CA string

	config, address, urls string
	log                   io.Writer

	command *exec.Cmd
	ended   chan struct{}
}

// Start starts a server whose data and configuration are below dir, and waits
// until it takes connections. Whoever started it must call Stop.
func Start(ctx context.Context, dir string, o Options) (*Server, error) {
	if _, err := os.Stat(Program); err != nil {
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
	config, err := prepare(dir, o, pair)
	if err != nil {
		return nil, err
	}
	if err := load(ctx, config, o); err != nil {
		return nil, err
	}
	return run(ctx, config, o, string(pair.CA))
}

func run(ctx context.Context, config string, o Options, ca string) (*Server, error) {
	ports, err := free(o.Address, 2)
	if err != nil {
		return nil, err
	}
	s := &Server{
		LDAP:   "ldap://" + net.JoinHostPort(o.Address, ports[0]),
		LDAPS:  "ldaps://" + net.JoinHostPort(o.Address, ports[1]),
		CA:     ca,
		config: config, address: net.JoinHostPort(o.Address, ports[0]), log: o.Log,
	}
	s.urls = s.LDAP + " " + s.LDAPS
	if o.NoTLS {
		s.urls = s.LDAP
	}
	if err := s.Again(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Again starts a server that was stopped once more: with its addresses, its
// certificate and its entries.
func (s *Server) Again(ctx context.Context) error {
	// -d keeps it in the foreground.
	s.command = exec.Command(Program, "-d", "0", "-h", s.urls, "-f", s.config) //nolint:noctx // it lives until Stop
	s.command.Stdout, s.command.Stderr = s.log, s.log
	s.command.SysProcAttr = dieWithParent()
	if err := s.command.Start(); err != nil {
		return err
	}
	command, ended := s.command, make(chan struct{})
	s.ended = ended
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	if err := s.await(ctx, s.address); err != nil {
		s.Stop()
		return err
	}
	return nil
}

func (s *Server) await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-s.ended:
			return errors.New("slapd ended at once; Options.Log has why")
		case <-ctx.Done():
			return fmt.Errorf("slapd doesn't take connections: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the server without ceremony, and waits for its end. It may be
// called several times, also while the server answers.
func (s *Server) Stop() {
	_ = s.command.Process.Kill()
	<-s.ended
}

// Process is the number of the server's process, for signals.
func (s *Server) Process() *os.Process { return s.command.Process }

func prepare(dir string, o Options, pair certs.Pair) (config string, err error) {
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return "", err
	}
	for name, content := range map[string][]byte{"ca.pem": pair.CA, "cert.pem": pair.Certificate, "key.pem": pair.Key} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return "", err
		}
	}
	config = filepath.Join(dir, "slapd.conf")
	return config, os.WriteFile(config, []byte(configuration(dir, o)), 0o600)
}

func configuration(dir string, o Options) string {
	var b strings.Builder
	for _, schema := range []string{"core", "cosine", "inetorgperson", "nis"} {
		fmt.Fprintf(&b, "include /etc/ldap/schema/%s.schema\n", schema)
	}
	fmt.Fprintf(&b, "modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload memberof\npidfile %s/slapd.pid\n", dir)
	if !o.NoTLS {
		fmt.Fprintf(&b, "TLSCACertificateFile %[1]s/ca.pem\nTLSCertificateFile %[1]s/cert.pem\nTLSCertificateKeyFile %[1]s/key.pem\n", dir)
	}
	fmt.Fprintf(&b, "database mdb\nmaxsize 4294967296\nsuffix %q\nrootdn %q\nrootpw %s\ndirectory %s/data\ndbnosync\n",
		Suffix, AdminDN, AdminPassword, dir)
	b.WriteString("index objectClass,member,memberOf,uid eq\n")
	b.WriteString(o.Config + "\n")
	if !strings.Contains(o.Config, "access to") {
		b.WriteString("access to attrs=userPassword by anonymous auth\naccess to * by * read\n")
	}
	b.WriteString("overlay memberof\n")
	return b.String()
}

// free finds ports that nobody listens at.
func free(address string, n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(address, "0")) //nolint:noctx // it is closed at once
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return ports, nil
}

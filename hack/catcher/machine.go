package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"crier.dev/crier/internal/testing/smtptest"
)

// machine is what the server runs on: it can be switched off and on, and its certificate and its
// users can be changed while it runs.
type machine struct {
	server      *smtptest.Server
	address     string
	certificate atomic.Pointer[tls.Certificate]

	mu       sync.Mutex
	listener net.Listener
	off      bool
	switched chan struct{} // closed when it is switched on
}

// newMachine takes over the certificate of settings, which may be nil.
func newMachine(server *smtptest.Server, address string, settings *tls.Config) *machine {
	m := &machine{server: server, address: address, switched: make(chan struct{})}
	if settings != nil && len(settings.Certificates) > 0 {
		m.certificate.Store(&settings.Certificates[0])
		settings.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return m.certificate.Load(), nil }
		settings.Certificates = nil
	}
	return m
}

// serve listens whenever the machine is on, until ctx ends.
func (m *machine) serve(ctx context.Context) error {
	for ctx.Err() == nil {
		listener, on, err := m.listen(ctx)
		if err != nil {
			return err
		}
		if on != nil {
			select {
			case <-on:
			case <-ctx.Done():
			}
			continue
		}
		if err := m.server.Serve(listener); err == nil || !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
	return nil
}

// listen returns a listener, or what to wait for when the machine is off.
func (m *machine) listen(ctx context.Context) (net.Listener, <-chan struct{}, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off {
		return nil, m.switched, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", m.address)
	m.listener = listener
	return listener, nil, err
}

// power switches off, which cuts all connections and refuses new ones, and on.
func (m *machine) power(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case on && m.off:
		m.off = false
		close(m.switched)
	case !on && !m.off:
		m.off, m.switched = true, make(chan struct{})
		if m.listener != nil {
			m.listener.Close()
		}
		m.server.Cut()
	}
}

// files are a certificate and its key in PEM.
type files struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// control is the interface of the server, and:
//
//	PUT  /power        true or false
//	PUT  /users        {"name": "password"}
//	PUT  /certificate  {"certificate": PEM, "key": PEM}, for connections to come
func (m *machine) control() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", m.server.Control())
	mux.HandleFunc("PUT /power", take(func(on bool) error {
		m.power(on)
		return nil
	}))
	mux.HandleFunc("PUT /users", take(func(users map[string]string) error {
		m.server.SetUsers(users)
		return nil
	}))
	mux.HandleFunc("PUT /certificate", take(func(f files) error {
		pair, err := tls.X509KeyPair([]byte(f.Certificate), []byte(f.Key))
		if err == nil {
			m.certificate.Store(&pair)
		}
		return err
	}))
	return mux
}

// take reads a body of JSON and hands it on.
func take[T any](change func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body T
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body)
		if err == nil {
			err = change(body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

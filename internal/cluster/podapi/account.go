package podapi

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Account is the folder where the kubelet keeps the token of a pod's service
// account and the certificate of the API server, and renews them.
const Account = "/var/run/secrets/kubernetes.io/serviceaccount"

// reread is how old what was read from the files may be. The kubelet renews a
// token long before it ends.
const reread = time.Minute

// errNoCluster says what is missing where a pod isn't one.
var errNoCluster = errors.New("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be set: run this in a pod")

// InCluster reaches the API server as the service account of the pod, whose files are
// in a folder. env reads the environment of the pod.
func InCluster(namespace, folder string, env func(string) string) (*Client, error) {
	host, port := env("KUBERNETES_SERVICE_HOST"), env("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errNoCluster
	}
	a := &account{folder: folder, now: time.Now}
	if err := a.refresh(); err != nil {
		return nil, err
	}
	return New("https://"+net.JoinHostPort(host, port), namespace, a), nil
}

// account is a transport with the token and the certificate that are in the files
// at the time.
type account struct {
	folder string
	now    func() time.Time

	mu        sync.Mutex
	read      time.Time // when the files were read last
	token     string
	authority []byte
	transport *http.Transport
}

// RoundTrip implements http.RoundTripper. When the API server doesn't know the token,
// the next request has the one that is in the file then.
func (a *account) RoundTrip(request *http.Request) (*http.Response, error) {
	transport, token, err := a.current()
	if err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := transport.RoundTrip(request)
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) || err == nil && answer.StatusCode == http.StatusUnauthorized {
		a.mu.Lock()
		a.read = time.Time{}
		a.mu.Unlock()
	}
	return answer, err
}

// current is what to use now. Files that can't be read leave what was read before.
func (a *account) current() (*http.Transport, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.read.IsZero() || a.now().Sub(a.read) >= reread {
		if err := a.refresh(); err != nil && a.transport == nil {
			return nil, "", err
		}
	}
	return a.transport, a.token, nil
}

func (a *account) refresh() error {
	token, err := os.ReadFile(filepath.Join(a.folder, "token"))
	if err != nil {
		return fmt.Errorf("read the token of the service account: %w", err)
	}
	authority, err := os.ReadFile(filepath.Join(a.folder, "ca.crt"))
	if err != nil {
		return fmt.Errorf("read the certificate of the API server: %w", err)
	}
	if a.transport == nil || !bytes.Equal(authority, a.authority) {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(authority) {
			return fmt.Errorf("%s has no certificate", filepath.Join(a.folder, "ca.crt"))
		}
		if a.transport != nil {
			a.transport.CloseIdleConnections()
		}
		a.authority, a.transport = authority, newTransport(pool)
	}
	a.token, a.read = strings.TrimSpace(string(token)), a.now()
	return nil
}

// newTransport notices within a minute that a connection leads nowhere any more, also
// one on which nothing is said.
func newTransport(authority *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: authority, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // the API server is near, and would use processor time for it
	}
}

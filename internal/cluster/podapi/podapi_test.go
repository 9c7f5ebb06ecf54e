package podapi

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/testing/sourcetest/certs"
)

// pod is a pod's view of an API server.
type pod struct {
	*testing.T
	folder    string
	server    *httptest.Server
	asked     []*http.Request
	bodies    []string
	authority []byte
}

// inPod starts an API server that answers everything with a status and a text.
func inPod(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *pod {
	t.Helper()
	p := &pod{T: t, folder: t.TempDir()}
	p.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.asked, p.bodies = append(p.asked, r), append(p.bodies, string(body))
		answer(w, r)
	}))
	t.Cleanup(p.server.Close)
	p.file("token", "first\n")
	p.trust(p.server)
	return p
}

func (p *pod) file(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, name), []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *pod) trust(server *httptest.Server) {
	p.Helper()
	p.file("ca.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
}

func (p *pod) client() *Client {
	p.Helper()
	host, port, err := net.SplitHostPort(p.server.Listener.Addr().String())
	if err != nil {
		p.Fatal(err)
	}
	c, err := InCluster("crier-system", p.folder, func(name string) string {
		return map[string]string{"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}[name]
	})
	if err != nil {
		p.Fatal(err)
	}
	return c
}

func says(status int, text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
}

const shardText = `{"apiVersion":"crier.dev/v1alpha1","kind":"DeliveryShard","metadata":{"name":"b-1-a-0","resourceVersion":"7"},"spec":{"index":0},"state":{"pass":2}}`

func TestRequests(t *testing.T) {
	p := inPod(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		if strings.Contains(r.URL.Path, "/secrets/") {
			fmt.Fprint(w, `{"kind":"Secret","metadata":{"name":"s"},"data":{"a":"Yg=="}}`)
			return
		}
		fmt.Fprint(w, shardText)
	})
	c := p.client()
	shard, err := c.GetShard(t.Context(), "b-1-a-0")
	if err != nil || shard.ResourceVersion != "7" || shard.State.Pass != 2 {
		t.Fatalf("%+v, %v", shard, err)
	}
	if _, err := c.UpdateShard(t.Context(), shard); err != nil {
		t.Fatal(err)
	}
	secret, err := c.GetSecret(t.Context(), "s")
	if err != nil || string(secret.Data["a"]) != "b" {
		t.Fatalf("%+v, %v", secret, err)
	}
	const shards = "/apis/crier.dev/v1alpha1/namespaces/crier-system/deliveryshards/b-1-a-0"
	for i, want := range []string{"GET " + shards, "PUT " + shards, "GET /api/v1/namespaces/crier-system/secrets/s"} {
		r := p.asked[i]
		if got := r.Method + " " + r.URL.Path; got != want || r.Header.Get("Authorization") != "Bearer first" || r.ProtoMajor != 2 && r.TLS == nil {
			t.Errorf("%s with %v, want %s", got, r.Header, want)
		}
	}
	if !strings.Contains(p.bodies[1], `"kind":"DeliveryShard"`) || !strings.Contains(p.bodies[1], `"resourceVersion":"7"`) {
		t.Errorf("written: %s", p.bodies[1])
	}
	if ahead := c.Ahead(); ahead > -59*time.Minute {
		t.Errorf("the server's clock is ahead by %s", ahead)
	}
}

// What isn't Kubernetes' own word says nothing about an object, least of all that it is gone.
func TestRefusals(t *testing.T) {
	status := func(code int, reason metav1.StatusReason) string {
		return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":%q,"code":%d}`, reason, code)
	}
	for name, c := range map[string]struct {
		code int
		text string
		is   func(error) bool
	}{
		"gone":           {404, status(404, metav1.StatusReasonNotFound), apierrors.IsNotFound},
		"conflict":       {409, status(409, metav1.StatusReasonConflict), apierrors.IsConflict},
		"forbidden":      {403, status(403, metav1.StatusReasonForbidden), apierrors.IsForbidden},
		"invalid":        {422, status(422, metav1.StatusReasonInvalid), apierrors.IsInvalid},
		"unknown token":  {401, "Unauthorized", apierrors.IsUnauthorized},
		"busy":           {429, "too many requests", apierrors.IsTooManyRequests},
		"starting":       {503, "apiserver not ready", apierrors.IsServiceUnavailable},
		"a proxy's 404":  {404, "404 page not found", func(err error) bool { return errors.Is(err, errForeign) && !apierrors.IsNotFound(err) }},
		"a proxy's 403":  {403, "<html>no", func(err error) bool { return errors.Is(err, errForeign) && !apierrors.IsForbidden(err) }},
		"elsewhere":      {302, "", func(err error) bool { return errors.Is(err, errForeign) }},
		"not an object":  {200, "<html>", func(err error) bool { return strings.Contains(err.Error(), "decode") }},
		"endless":        {200, strings.Repeat(" ", maxAnswer+1), func(err error) bool { return strings.Contains(err.Error(), "more than") }},
		"can't be read":  {200, `{"metadata":{"name":"x"},"state":{"pass":"two"}}`, readable.Is},
		"a long refusal": {500, strings.Repeat("x", 1<<20), func(err error) bool { return len(err.Error()) < 1000 }},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := inPod(t, says(c.code, c.text)).client().GetShard(t.Context(), "x")
			if err == nil || !c.is(err) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A shard of which a part can't be read is not written back without it.
func TestUnreadableIsNotWritten(t *testing.T) {
	p := inPod(t, says(200, `{"metadata":{"name":"x"},"state":{"pass":"two"}}`))
	shard, err := p.client().GetShard(t.Context(), "x")
	if !readable.Is(err) {
		t.Fatal(err)
	}
	if _, err := p.client().UpdateShard(t.Context(), shard); !readable.Is(err) || len(p.asked) != 1 {
		t.Errorf("%v after %d requests", err, len(p.asked))
	}
}

// The kubelet renews the token; one that isn't known any more is read anew at once.
func TestTokenIsRenewed(t *testing.T) {
	p := inPod(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer revoked" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, shardText)
	})
	now := time.Now()
	a := &account{folder: p.folder, now: func() time.Time { return now }}
	c := New(p.server.URL, "crier-system", a)
	used := func() string {
		_, err := c.GetShard(t.Context(), "x")
		if err != nil && !apierrors.IsUnauthorized(err) {
			t.Fatal(err)
		}
		return p.asked[len(p.asked)-1].Header.Get("Authorization")
	}
	used()
	p.file("token", "second")
	if got := used(); got != "Bearer first" {
		t.Errorf("read for each request: %s", got)
	}
	now = now.Add(reread)
	if got := used(); got != "Bearer second" {
		t.Errorf("after a minute: %s", got)
	}
	p.file("token", "revoked")
	now = now.Add(reread)
	used()
	p.file("token", "third")
	if got := used(); got != "Bearer third" {
		t.Errorf("after a refusal: %s", got)
	}
	if err := os.Remove(filepath.Join(p.folder, "token")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(reread)
	if got := used(); got != "Bearer third" {
		t.Errorf("while there is no file: %s", got)
	}
}

// A cluster may change the authority of its API server under a running pod.
func TestAuthorityIsRenewed(t *testing.T) {
	p := inPod(t, says(200, shardText))
	serve := func(address string) *httptest.Server {
		made, err := certs.Make("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.X509KeyPair(made.Certificate, made.Key)
		if err != nil {
			t.Fatal(err)
		}
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		server := &httptest.Server{
			Listener: listener, TLS: &tls.Config{Certificates: []tls.Certificate{pair}},
			Config: &http.Server{Handler: p.server.Config.Handler, ErrorLog: log.New(io.Discard, "", 0)},
		}
		server.StartTLS()
		p.authority = made.CA
		return server
	}
	first := serve("127.0.0.1:0")
	p.file("ca.crt", string(p.authority))
	address := first.Listener.Addr().String()
	c := New("https://"+address, "crier-system", &account{folder: p.folder, now: time.Now})
	if _, err := c.GetShard(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	first.Close()
	defer serve(address).Close()
	if _, err := c.GetShard(t.Context(), "x"); err == nil {
		t.Fatal("a stranger's certificate was trusted")
	}
	p.file("ca.crt", string(p.authority))
	if _, err := c.GetShard(t.Context(), "x"); err != nil {
		t.Errorf("after the file has changed: %v", err)
	}
}

func TestOutsideOfAPod(t *testing.T) {
	env := map[string]string{}
	read := func(name string) string { return env[name] }
	if _, err := InCluster("n", t.TempDir(), read); !errors.Is(err, errNoCluster) {
		t.Error(err)
	}
	env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"] = "fd00::1", "443"
	if _, err := InCluster("n", t.TempDir(), read); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("without a token: %v", err)
	}
	p := inPod(t, says(200, ""))
	p.file("ca.crt", "none")
	if _, err := InCluster("n", p.folder, read); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without a certificate: %v", err)
	}
	p.trust(p.server)
	c, err := InCluster("n", p.folder, read)
	if err != nil || c.server != "https://[fd00::1]:443" {
		t.Errorf("%+v, %v", c, err)
	}
}

// An answer that doesn't come is waited for only as long as the caller wants.
func TestCallerEndsIt(t *testing.T) {
	stop := make(chan struct{})
	p := inPod(t, func(http.ResponseWriter, *http.Request) { <-stop })
	defer close(stop)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.client().GetShard(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

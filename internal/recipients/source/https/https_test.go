package https

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

type host struct {
	source.Host
	secret map[string]string
	strict bool
}

func (h host) Secret(_ context.Context, name, use string) (map[string][]byte, string, error) {
	if name != "login" || use != crier.UseSource {
		return nil, "", fmt.Errorf("asked for %s as %s", name, use)
	}
	data := map[string][]byte{}
	for k, v := range h.secret {
		data[k] = []byte(v)
	}
	return data, "1", nil
}

func (h host) Guard() dialguard.Guard { return dialguard.Guard{AllowPrivate: !h.strict} }
func (host) Now() time.Time           { return now }

type sink struct {
	source.Sink
	*roster.Collector
}

func (s sink) CSV(name string, data io.Reader, m roster.Mapping, o roster.CSVOptions) error {
	return s.AddCSV(name, data, m, o)
}

func (s sink) JSONLines(name string, data io.Reader, m roster.Mapping, o roster.CSVOptions) error {
	return s.AddJSONLines(name, data, m, o)
}

// serve is a server whose answers the test writes, and a spec for it.
func serve(t *testing.T, answer http.HandlerFunc) crier.HTTPSSource {
	t.Helper()
	s := httptest.NewUnstartedServer(answer)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail as they should
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return crier.HTTPSSource{URL: s.URL + "/people?key=hunter2", TLS: crier.SourceTLS{CABundle: string(ca)}}
}

func read(t *testing.T, spec crier.HTTPSSource, h host, last source.Mark) (roster.Result, source.Mark, error) {
	t.Helper()
	c := roster.NewCollector(roster.Limits{})
	mark, err := New(spec).Read(t.Context(), h, last, sink{Collector: c})
	r, bad := c.Result()
	if bad != nil {
		t.Fatal(bad)
	}
	return r, mark, err
}

// problem demands one, and that it tells nothing that it mustn't.
func problem(t *testing.T, err error, kind source.Kind, says string) *source.Problem {
	t.Helper()
	var p *source.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is no problem, want %q", err, says)
	}
	if p.Kind != kind || !strings.Contains(p.Message, says) {
		t.Errorf("kind %d, %q; want %d, %q", p.Kind, p.Message, kind, says)
	}
	for _, secret := range []string{"hunter2", "@", "/people"} {
		if strings.Contains(p.Message, secret) {
			t.Errorf("%q has %q", p.Message, secret)
		}
	}
	return p
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

const (
	asCSV  = "email,agency\na@example.gov,tax\nb@example.gov,parks\n"
	asJSON = `{"email":"a@example.gov","agency":"tax"}` + "\n" + `{"email":"b@example.gov"}` + "\n"
)

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name, media, coding string
		format              crier.FileFormat
		body                []byte
	}{
		{"csv by media type", "text/csv; charset=utf-8", "", "", []byte(asCSV)},
		{"csv by spec", "text/html", "", crier.FormatCSV, []byte(asCSV)},
		{"csv by its beginning", "application/octet-stream", "", "", []byte(asCSV)},
		{"json by media type", "application/x-ndjson", "", "", []byte(asJSON)},
		{"json by spec", "text/csv", "", crier.FormatJSONLines, []byte(asJSON)},
		{"json by its beginning", "", "", "", []byte("\xef\xbb\xbf" + asJSON)},
		{"packed for the way", "text/csv", "gzip", "", zipped(asCSV)},
		{"a packed file", "application/gzip", "", "", zipped(asJSON)},
		{"both", "application/gzip", "gzip", "", zipped(string(zipped(asCSV)))},
	} {
		spec := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "gzip" || r.Header.Get("Authorization") != "" {
				t.Errorf("%s: header %v", c.name, r.Header)
			}
			w.Header().Set("Content-Type", c.media)
			if c.coding != "" {
				w.Header().Set("Content-Encoding", c.coding)
			}
			_, _ = w.Write(c.body)
		})
		spec.Format = c.format
		r, mark, err := read(t, spec, host{}, "")
		if err != nil || r.Subscribers != 2 || r.RejectedTotal != 0 || len(r.Attributes) != 1 || mark != "" {
			t.Errorf("%s: %+v, mark %q, %v", c.name, r, mark, err)
		}
	}
}

func TestContentIsNotShown(t *testing.T) {
	spec := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "email\nsecret\nann@example.org\n")
	})
	r, _, err := read(t, spec, host{}, "")
	if err != nil || len(r.Rejected) != 1 || r.Rejected[0].Excerpt != "" || r.Rejected[0].Source != "https" {
		t.Errorf("%+v, %v", r.Rejected, err)
	}
}

func TestStatusCodes(t *testing.T) {
	for _, c := range []struct {
		code  int
		field [2]string
		kind  source.Kind
		says  string
		after time.Duration
	}{
		{401, [2]string{}, source.Refused, "set secretRef", 0},
		{403, [2]string{}, source.Refused, "(403)", 0},
		{404, [2]string{}, source.Refused, "no file", 0},
		{410, [2]string{}, source.Refused, "no file", 0},
		{400, [2]string{}, source.Invalid, "check the url", 0},
		{429, [2]string{"Retry-After", "120"}, source.Unavailable, "(429)", 2 * time.Minute},
		{503, [2]string{"Retry-After", now.Add(time.Hour).Format(http.TimeFormat)}, source.Unavailable, "(503)", time.Hour},
		{503, [2]string{"Retry-After", now.Add(-time.Hour).Format(http.TimeFormat)}, source.Unavailable, "(503)", 0},
		{500, [2]string{"Retry-After", "-5"}, source.Unavailable, "(500)", 0},
		{503, [2]string{"Retry-After", "2000000000"}, source.Unavailable, "(503)", 7 * 24 * time.Hour},
		{204, [2]string{}, source.Unreadable, "no file", 0},
		{206, [2]string{}, source.Unreadable, "no file", 0},
		{304, [2]string{}, source.Invalid, "nowhere", 0},
		{200, [2]string{"Content-Type", "text/html"}, source.Unreadable, "web page", 0},
		{200, [2]string{"Content-Encoding", "br"}, source.Unreadable, "only gzip", 0},
	} {
		spec := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.field[0] != "" {
				w.Header().Set(c.field[0], c.field[1])
			}
			w.WriteHeader(c.code)
			if c.code == 200 {
				_, _ = io.WriteString(w, "a@example.gov hunter2")
			}
		})
		r, _, err := read(t, spec, host{}, "")
		if p := problem(t, err, c.kind, c.says); p.RetryAfter != c.after || r.Subscribers != 0 {
			t.Errorf("%d %v: again after %s", c.code, c.field, p.RetryAfter)
		}
	}
}

func TestUnchanged(t *testing.T) {
	tag, conditions := `"v1"`, ""
	spec := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conditions = r.Header.Get("If-None-Match") + " " + r.Header.Get("If-Modified-Since")
		w.Header().Set("ETag", tag)
		w.Header().Set("Content-Type", "text/csv")
		http.ServeContent(w, r, "", now, strings.NewReader(asCSV))
	})
	r, mark, err := read(t, spec, host{}, "")
	if err != nil || r.Subscribers != 2 || mark == "" || conditions != " " {
		t.Fatalf("first: %+v, mark %q, asked with %q, %v", r, mark, conditions, err)
	}
	r, again, err := read(t, spec, host{}, mark)
	if !errors.Is(err, source.ErrUnchanged) || again != mark || r.Subscribers != 0 || !strings.HasPrefix(conditions, tag) {
		t.Errorf("second: mark %q, asked with %q, %v", again, conditions, err)
	}
	tag = `"v2"`
	if r, again, err = read(t, spec, host{}, mark); err != nil || r.Subscribers != 2 || again == mark {
		t.Errorf("another version: %+v, mark %q, %v", r, again, err)
	}
	spec.Columns.Email = "email"
	if r, _, err = read(t, spec, host{}, again); err != nil || r.Subscribers != 2 || conditions != " " {
		t.Errorf("other settings: asked with %q, %v", conditions, err)
	}
	if _, _, err = read(t, spec, host{}, "rubbish"); err != nil || conditions != " " {
		t.Errorf("a mark of nobody's: asked with %q, %v", conditions, err)
	}
	tag = `"` + strings.Repeat("x", 2000) + `"`
	if _, mark, err = read(t, spec, host{}, ""); err != nil || mark != "" {
		t.Errorf("a long tag: %d octets, %v", len(mark), err)
	}
}

func TestCredentials(t *testing.T) {
	for _, c := range []struct {
		name   string
		secret map[string]string
		header string
		says   string
	}{
		{"token", map[string]string{"token": "hunter2"}, "Bearer hunter2", ""},
		{"basic", map[string]string{"username": "u", "password": "hunter2"}, "Basic dTpodW50ZXIy", ""},
		{"both", map[string]string{"token": "hunter2", "username": "u"}, "", "has both"},
		{"neither", map[string]string{"other": "x"}, "", "neither"},
		{"half", map[string]string{"username": "u"}, "", "no key password"},
		{"colon", map[string]string{"username": "u:v", "password": "hunter2"}, "", "colon"},
		{"line break", map[string]string{"token": "hunter2\n"}, "", "line break"},
	} {
		asked := false
		spec := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = true
			if got := r.Header.Get("Authorization"); got != c.header {
				t.Errorf("%s: %q", c.name, got)
			}
			_, _ = io.WriteString(w, asCSV)
		})
		spec.SecretRef = &crier.LocalReference{Name: "login"}
		_, _, err := read(t, spec, host{secret: c.secret}, "")
		if c.says == "" {
			if err != nil || !asked {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		problem(t, err, source.Invalid, c.says)
		if asked {
			t.Errorf("%s: the server was asked", c.name)
		}
	}
}

func TestRedirects(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") })
	to := ""
	spec := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hunter2" {
			t.Error("without the token")
		}
		if r.URL.Path == "/here" {
			_, _ = io.WriteString(w, asCSV)
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	spec.SecretRef = &crier.LocalReference{Name: "login"}
	h := host{secret: map[string]string{"token": "hunter2"}}
	for _, c := range []struct{ to, says string }{
		{"/here?key=hunter2", ""},
		{other.URL, "another host"},
		{"http" + strings.TrimPrefix(spec.URL, "https"), "not https"},
		{"/people", "the limit is 5"},
	} {
		to = c.to
		r, _, err := read(t, spec, h, "")
		if c.says == "" {
			if err != nil || r.Subscribers != 2 {
				t.Errorf("%s: %+v, %v", c.to, r, err)
			}
			continue
		}
		problem(t, err, source.Invalid, c.says)
	}
}

// hijack writes an answer octet by octet.
func hijack(t *testing.T, answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, answer)
	}
}

// Whatever ends early is an error, never a part.
func TestCutShort(t *testing.T) {
	packed := string(zipped(strings.Repeat(asCSV, 100)))
	for name, c := range map[string]struct {
		answer string
		kind   source.Kind
		says   string
	}{
		"length":       {"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\n" + asCSV, source.Unavailable, "broke off"},
		"chunks":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nemail\n\r\nE\r\na@example.gov\n\r\n", source.Unavailable, "broke off"},
		"no length":    {"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n" + asCSV, source.Unreadable, "where the file ends"},
		"gzip coding":  {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(packed)-9, packed[:len(packed)-9]), source.Unreadable, "damaged"},
		"gzip file":    {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(packed)-9, packed[:len(packed)-9]), source.Unreadable, "damaged"},
		"gzip on wire": {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(packed), packed[:len(packed)-9]), source.Unavailable, "broke off"},
		"header":       {"HTTP/1.1 200 OK\r\nContent-", source.Unavailable, "no connection"},
		"after a bad first line": {"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 9000\r\n\r\nmail\n" + strings.Repeat("x\n", 3000),
			source.Unavailable, "broke off"},
	} {
		_, _, err := read(t, serve(t, hijack(t, c.answer)), host{}, "")
		t.Log(name)
		problem(t, err, c.kind, c.says)
	}
}

func TestTooLarge(t *testing.T) {
	const limit = 2048
	people := "email\n" + strings.Repeat("a@example.gov\n", 300)
	for name, write := range map[string]func(http.ResponseWriter){
		"length": func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat("x", limit+1)) },
		"chunks": func(w http.ResponseWriter) {
			for range 3 {
				_, _ = io.WriteString(w, people)
				w.(http.Flusher).Flush()
			}
		},
		"coding": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped(people))
		},
		"file": func(w http.ResponseWriter) { _, _ = w.Write(zipped(people)) },
	} {
		most := int64(limit)
		spec := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w) })
		spec.MaxBytes, spec.Format = &most, crier.FormatCSV
		_, _, err := read(t, spec, host{}, "")
		t.Log(name)
		problem(t, err, source.TooLarge, "more than 2048 octets")
	}
}

func TestConnections(t *testing.T) {
	good := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, asCSV) })
	for name, c := range map[string]struct {
		change func(*crier.HTTPSSource, *host)
		kind   source.Kind
		says   string
	}{
		"loopback":          {func(_ *crier.HTTPSSource, h *host) { h.strict = true }, source.NotAllowed, "loopback"},
		"unknown authority": {func(s *crier.HTTPSSource, _ *host) { s.TLS.CABundle = "" }, source.Refused, "tls.caBundle"},
		"other name":        {func(s *crier.HTTPSSource, _ *host) { s.TLS.ServerName = "other.example.gov" }, source.Refused, "tls.serverName"},
		"no certificate":    {func(s *crier.HTTPSSource, _ *host) { s.TLS.CABundle = "x" }, source.Invalid, "tls.caBundle"},
		"plain":             {func(s *crier.HTTPSSource, _ *host) { s.URL = "http://example.gov/" }, source.Invalid, "https://"},
		"user":              {func(s *crier.HTTPSSource, _ *host) { s.URL = "https://u:hunter2@example.gov/" }, source.Invalid, "without a user"},
		"nobody listens":    {func(s *crier.HTTPSSource, _ *host) { s.URL = "https://127.0.0.1:1/" }, source.Unavailable, "refuses the connection"},
	} {
		spec, h := good, host{}
		c.change(&spec, &h)
		_, _, err := read(t, spec, h, "")
		t.Log(name)
		problem(t, err, c.kind, c.says)
	}
}

func TestTime(t *testing.T) {
	hold := make(chan struct{})
	spec := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, asCSV)
		w.(http.Flusher).Flush()
		<-hold
	})
	t.Cleanup(func() { close(hold) }) // before the server is closed
	spec.Timeout = &metav1.Duration{Duration: 300 * time.Millisecond}
	_, _, err := read(t, spec, host{}, "")
	problem(t, err, source.Unavailable, "timeout of 300ms")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = New(spec).Read(ctx, host{}, "", sink{Collector: roster.NewCollector(roster.Limits{})})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the caller's time is over: %v", err)
	}
}

func TestUses(t *testing.T) {
	s := New(crier.HTTPSSource{SecretRef: &crier.LocalReference{Name: "login"}})
	if !s.Remote() || len(s.Uses()) != 1 || s.Uses()[0] != (source.Object{Kind: "Secret", Name: "login"}) || len(New(crier.HTTPSSource{}).Uses()) != 0 {
		t.Errorf("uses %v", s.Uses())
	}
}

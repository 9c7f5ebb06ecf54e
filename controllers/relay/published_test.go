package relay

import (
	"context"
	"crypto/rsa"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/writing/dkim"
)

// names are a DNS for tests. What isn't in it isn't there.
type names struct {
	mu      sync.Mutex
	records map[string][]string
	broken  map[string]error
	asked   int
	during  func()
}

func (n *names) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if n.during != nil {
		n.during()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	if _, limited := ctx.Deadline(); !limited {
		return nil, errors.New("a lookup without an end")
	}
	if err := n.broken[name]; err != nil {
		return nil, err
	}
	if found := n.records[name]; found != nil {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func parsedKey(t *testing.T, selector string, pem []byte) dkim.Key {
	t.Helper()
	key, err := dkim.ParseKey("example.gov", selector, pem)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// unpublished checks that nothing is said of keys in the DNS.
func (w *world) unpublished() {
	w.Helper()
	if c := meta.FindStatusCondition(w.relay.Status.Conditions, crier.ConditionDKIMPublished); c != nil {
		w.Fatalf("%s %s %q, want no condition", c.Status, c.Reason, c.Message)
	}
}

func (w *world) published(status metav1.ConditionStatus, reason, message string) {
	w.Helper()
	w.ExpectOf(w.relay, crier.ConditionDKIMPublished, status, reason, message)
}

func TestPublishedKeys(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	dns := &names{records: map[string][]string{}, broken: map[string]error{}}
	w.r.DNS = dns
	w.step(crier.ReasonRelayReachable, "", 1)
	w.unpublished()

	first, second := parsedKey(t, "s1", edPEM(t, 1)), parsedKey(t, "s1", edPEM(t, 2))
	secret := w.dkimSecret(map[string][]byte{"tls.key": edPEM(t, 1)})
	w.relay.Spec.DKIM = []crier.RelayDKIM{dkimKey("example.gov", "s1", "dkim")}
	w.Update(w.relay)
	if r := w.step(crier.ReasonRelayReachable, "", 1); r.RequeueAfter != DefaultProbeInterval {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	w.published(metav1.ConditionFalse, crier.ReasonDKIMNotPublished, "Publish this record: "+first.ZoneLine())
	if told := <-w.Events + <-w.Events; !strings.Contains(told, "Warning DKIMNotPublished ") {
		t.Errorf("events %q", told)
	}

	// An answer holds for an hour, of any kind.
	dns.records["s1._domainkey.example.gov."] = []string{first.Record()}
	w.Advance(59 * time.Minute)
	if r := w.step(crier.ReasonRelayReachable, "", 2); r.RequeueAfter != time.Minute {
		t.Errorf("again after %s", r.RequeueAfter)
	}
	w.published(metav1.ConditionFalse, crier.ReasonDKIMNotPublished, "")
	w.Advance(time.Minute)
	w.step(crier.ReasonRelayReachable, "", 2)
	w.published(metav1.ConditionTrue, crier.ReasonDKIMMatches, "")
	if dns.asked != 2 {
		t.Errorf("%d lookups, want 2", dns.asked)
	}

	// Another key is looked up at once.
	secret.Data["tls.key"] = edPEM(t, 2)
	w.Update(secret)
	w.step(crier.ReasonRelayReachable, "", 2)
	w.published(metav1.ConditionFalse, crier.ReasonDKIMMismatch, "has a different key than the Secret: receivers treat the signatures as forged. Publish this record: "+second.ZoneLine())
	for text, want := range map[string]string{"v=DKIM1; p=": "is revoked", "v=DKIM1; k=rsa; p=AAAA": "of another kind"} {
		dns.records["s1._domainkey.example.gov."] = []string{text}
		w.Advance(time.Hour)
		w.step(crier.ReasonRelayReachable, "", w.prober.probes+1)
		w.published(metav1.ConditionFalse, crier.ReasonDKIMMismatch, want)
	}

	dns.broken["s1._domainkey.example.gov."] = &net.DNSError{Err: "i/o timeout", IsTimeout: true}
	w.Advance(time.Hour)
	w.step(crier.ReasonRelayReachable, "", w.prober.probes+1)
	w.published(metav1.ConditionUnknown, crier.ReasonDKIMUnresolved, "s1._domainkey.example.gov")

	// A manager that was started anew asks for itself.
	delete(dns.broken, "s1._domainkey.example.gov.")
	dns.records["s1._domainkey.example.gov."] = []string{second.Record()}
	w.restart()
	w.r.DNS = dns
	w.step(crier.ReasonRelayReachable, "", w.prober.probes)
	w.published(metav1.ConditionTrue, crier.ReasonDKIMMatches, "")

	// Without keys, or without the DNS, there is nothing to say.
	w.restart()
	w.step(crier.ReasonRelayReachable, "", w.prober.probes)
	w.unpublished()
	w.r.DNS = dns
	w.step(crier.ReasonRelayReachable, "", w.prober.probes)
	w.published(metav1.ConditionTrue, crier.ReasonDKIMMatches, "")
	w.relay.Spec.DKIM = nil
	w.Update(w.relay)
	w.step(crier.ReasonRelayReachable, "", w.prober.probes)
	w.unpublished()
}

// Whether a Relay is ready is shown before a name server is asked.
func TestDNSHoldsNothingUp(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	w.dkimSecret(map[string][]byte{"tls.key": edPEM(t, 1)})
	w.relay.Spec.DKIM = []crier.RelayDKIM{dkimKey("example.gov", "s1", "dkim")}
	w.Update(w.relay)
	shown := ""
	w.r.DNS = &names{during: func() {
		shown = w.Ready(apitest.Get(w, "main", &crier.Relay{})).Reason
	}}
	w.step(crier.ReasonRelayReachable, "", 1)
	if shown != crier.ReasonRelayReachable {
		t.Errorf("during the lookup Ready has reason %s", shown)
	}
}

func TestJudgeKeys(t *testing.T) {
	key := parsedKey(t, "s1", edPEM(t, 1))
	answered := func(p dkim.Published) finding { return finding{key, p, true} }
	silent := finding{key: key}
	many := make([]finding, 16)
	for i := range many {
		many[i] = answered(dkim.Missing)
	}
	for name, test := range map[string]struct {
		found           []finding
		status          metav1.ConditionStatus
		reason, message string
	}{
		"all match":             {[]finding{answered(dkim.Matches), answered(dkim.Matches)}, metav1.ConditionTrue, crier.ReasonDKIMMatches, "every"},
		"one missing":           {[]finding{answered(dkim.Matches), answered(dkim.Missing)}, metav1.ConditionFalse, crier.ReasonDKIMNotPublished, "There is no DKIM record"},
		"a mismatch is worse":   {[]finding{answered(dkim.Different), answered(dkim.Missing)}, metav1.ConditionFalse, crier.ReasonDKIMMismatch, "There is no DKIM record"},
		"several":               {[]finding{answered(dkim.Several)}, metav1.ConditionFalse, crier.ReasonDKIMMismatch, "keep only one"},
		"one silent":            {[]finding{answered(dkim.Matches), silent}, metav1.ConditionUnknown, crier.ReasonDKIMUnresolved, "No name server answers for s1._domainkey.example.gov"},
		"known trouble is told": {[]finding{silent, answered(dkim.Missing)}, metav1.ConditionFalse, crier.ReasonDKIMNotPublished, "Publish this record: "},
		"many":                  {many, metav1.ConditionFalse, crier.ReasonDKIMNotPublished, "and 12 more"},
	} {
		c := judgeKeys(test.found)
		if c.Status != test.status || c.Reason != test.reason || !strings.Contains(c.Message, test.message) || len(c.Message) > 4096 {
			t.Errorf("%s: %s %s %q", name, c.Status, c.Reason, c.Message)
		}
	}
}

// nameServer answers on loopback with the records, each in strings of at most
// 255 octets; other names don't exist.
func nameServer(t *testing.T, records map[string]string) *net.Resolver {
	t.Helper()
	listener, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := listener.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply, err := answerTo(buf[:n], records); err == nil {
				_, _ = listener.WriteTo(reply, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", listener.LocalAddr().String())
	}}
}

func answerTo(query []byte, records map[string]string) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	question := m.Questions[0]
	reply := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions}
	text, ok := records[question.Name.String()]
	if !ok || question.Type != dnsmessage.TypeTXT {
		reply.RCode = dnsmessage.RCodeNameError
		return reply.Pack()
	}
	var parts []string
	for text != "" {
		n := min(255, len(text))
		parts, text = append(parts, text[:n]), text[n:]
	}
	reply.Answers = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET, TTL: 60},
		Body:   &dnsmessage.TXTResource{TXT: parts},
	}}
	return reply.Pack()
}

// A record of RSA is longer than one string, and than what DNS over UDP was
// made for.
func TestRealResolver(t *testing.T) {
	private, err := rsa.GenerateKey(nil, 4096)
	if err != nil {
		t.Fatal(err)
	}
	long, short, absent := parsedKey(t, "long", privatePEM(t, private)), parsedKey(t, "short", edPEM(t, 1)), parsedKey(t, "absent", edPEM(t, 2))
	resolver := nameServer(t, map[string]string{long.Name(): long.Record(), short.Name(): short.Record()})
	for _, f := range lookUp(t.Context(), resolver, []dkim.Key{long, short, absent}) {
		want := dkim.Matches
		if f.key.Selector == "absent" {
			want = dkim.Missing
		}
		if !f.answered || f.published != want {
			t.Errorf("%s: answered %t, %d, want %d", f.key, f.answered, f.published, want)
		}
	}
	broken := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no network")
	}}
	if f := lookUp(t.Context(), broken, []dkim.Key{short})[0]; f.answered {
		t.Errorf("without a network: %+v", f)
	}
}

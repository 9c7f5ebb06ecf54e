package harness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/smtptest"
)

func TestTallyLeavesOutStrangers(t *testing.T) {
	stats := smtptest.Stats{
		Accepted: map[string]int{"a@x.test": 1, "B@x.test": 3, "boss@y.test": 2},
		Refused: map[string]smtptest.Entry{
			"c@x.test": {Code: 550}, "d@x.test": {Code: 451}, "e@x.test": {Code: 0}, "z@y.test": {Code: 550},
		},
	}
	got := Tally(stats, func(address string) bool { return strings.HasSuffix(address, "@x.test") })
	if got.Accepted != 2 || got.Duplicates != 2 || got.Failed != 1 || len(got.Names) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestSelfSignedIsTrusted(t *testing.T) {
	c, err := SelfSigned("catcher.x.svc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(c.Certificate, c.Key); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(c.Certificate) {
		t.Fatal("not PEM")
	}
	pair, _ := tls.X509KeyPair(c.Certificate, c.Key)
	for name, trusted := range map[string]bool{"catcher.x.svc": true, "other.x.svc": false} {
		_, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
		if (err == nil) != trusted {
			t.Errorf("%s: %v", name, err)
		}
	}
	expired, err := c.Expired()
	if err != nil {
		t.Fatal(err)
	}
	old, err := tls.X509KeyPair(expired.Certificate, expired.Key)
	if err != nil {
		t.Fatal(err)
	}
	var invalid x509.CertificateInvalidError
	_, err = old.Leaf.Verify(x509.VerifyOptions{DNSName: "catcher.x.svc", Roots: roots})
	if !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("the expired certificate: %v", err)
	}
}

func TestWaitTellsWhatItSaw(t *testing.T) {
	err := Wait(t.Context(), "rain", time.Millisecond, func(context.Context) (bool, string, error) { return false, "sun", nil })
	if err == nil || !strings.Contains(err.Error(), "rain") || !strings.Contains(err.Error(), "sun") {
		t.Errorf("%v", err)
	}
	tries := 0
	err = Wait(t.Context(), "luck", 10*time.Second, func(context.Context) (bool, string, error) {
		tries++
		if tries == 1 {
			return true, "", errors.New("not yet")
		}
		return true, "", nil
	})
	if err != nil || tries != 2 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

func TestSplitImage(t *testing.T) {
	for image, want := range map[string][3]string{
		"crier:dev":                        {"crier", "dev", ""},
		"registry.test:5000/crier":         {"registry.test:5000/crier", "", ""},
		"registry.test:5000/crier:v1":      {"registry.test:5000/crier", "v1", ""},
		"registry.test/crier:v1@sha256:ab": {"registry.test/crier", "v1", "sha256:ab"},
	} {
		repository, tag, digest := splitImage(image)
		if got := [3]string{repository, tag, digest}; got != want {
			t.Errorf("%s: %v", image, got)
		}
	}
}

func TestCatcherBeside(t *testing.T) {
	for image, want := range map[string]string{
		"crier":                            "crier-catcher",
		"registry.test:5000/a/crier:v1":    "registry.test:5000/a/crier-catcher:v1",
		"registry.test/crier:v1@sha256:ab": "registry.test/crier-catcher:v1",
	} {
		if got := catcherBeside(image); got != want {
			t.Errorf("%s: %s", image, got)
		}
	}
}

// A reader of PDF finds objects by their places.
func TestPDFIsWhereItSays(t *testing.T) {
	file := string(PDF("One (1)", `Two \`))
	_, start, _ := strings.Cut(file, "startxref\n")
	place, err := strconv.Atoi(strings.Fields(start)[0])
	if err != nil || !strings.HasPrefix(file[place:], "xref\n0 6\n") {
		t.Fatalf("the table isn't at %d: %v\n%s", place, err, file)
	}
	lines := strings.Split(file[place:], "\n")[3:8]
	for i, line := range lines {
		at, err := strconv.Atoi(strings.Fields(line)[0])
		if want := strconv.Itoa(i+1) + " 0 obj\n"; err != nil || !strings.HasPrefix(file[at:], want) {
			t.Errorf("object %d isn't at %d: %v", i+1, at, err)
		}
		if len(line) != 19 { // and the line end: 20 octets
			t.Errorf("%q", line)
		}
	}
	if _, stream, _ := strings.Cut(file, "stream\n"); !strings.Contains(stream, `(One \(1\)) Tj`) || !strings.Contains(stream, `(Two \\) Tj`) {
		t.Errorf("text %s", stream)
	}
}

func TestVerifierOfSignatures(t *testing.T) {
	ours, err := NewEd25519Key("x.test", "ed")
	if err != nil {
		t.Fatal(err)
	}
	unsigned := []byte("From: a@x.test\r\nSubject: x\r\n\r\nx\r\n")
	forged := append([]byte("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=x.test; s=ed; h=from;\r\n"+
		" bh=vOT5VAZ1IW0LpCUC8Ju5bfNiQj79carp8LuSRMrVapM=; b=rKFXunVdP/yTszlrVE5YH8+yF6AeIk5yKsOkruMdRdifz2p2dRu9YfZ3EickpdLzic5pZkuGGnmxYKcnwjriDQ==\r\n"), unsigned...)
	said, err := VerifyDKIM(t.Context(), []DKIMKey{ours}, unsigned, forged)
	if errors.Is(err, ErrNoVerifier) && os.Getenv("CRIER_TEST_SERVERS") != "required" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if said[0] != "none" || !strings.HasPrefix(said[1], "ed25519-sha256 ") || strings.Contains(said[1], "good") {
		t.Errorf("%q", said)
	}
}

func TestManifestsChangeInACopy(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	text := "kind: Relay\nmetadata: {name: a}\nspec: {host: old}\n---\n# nothing\n---\nkind: Relay\nmetadata: {name: b}\nspec: {host: old}\n"
	if err := os.WriteFile(folder+"/1.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := ReadManifests(folder)
	if err != nil || len(m.Files[0].Objects) != 2 || m.Find("Relay", "").GetName() != "a" || m.Find("Relay", "c") != nil {
		t.Fatalf("%+v, %v", m, err)
	}
	if err := errors.Join(m.Set("Relay", "b", "new", "spec", "host"), m.Write(other)); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(other + "/1.yaml")
	if err != nil || strings.Count(string(raw), "host: old") != 1 || strings.Count(string(raw), "host: new") != 1 {
		t.Errorf("%s, %v", raw, err)
	}
	if m.Set("Relay", "c", "new", "spec", "host") == nil {
		t.Error("an object that isn't there was changed")
	}
	if _, err := ReadManifests(t.TempDir()); err == nil {
		t.Error("an empty folder holds manifests")
	}
}

func TestFreshNameIsNobodys(t *testing.T) {
	record := func(namespace, name string) (r crier.DeliveryRecord) {
		r.Spec.Namespace, r.Spec.Broadcast = namespace, name
		return r
	}
	broadcast := func(name string, labels map[string]string) (b crier.Broadcast) {
		b.Name, b.Labels = name, labels
		return b
	}
	ours := map[string]string{LabelDemo: Demo}
	for name, test := range map[string]struct {
		records    []crier.DeliveryRecord
		broadcasts []crier.Broadcast
		want       string
	}{
		"first run":                {nil, nil, "notice"},
		"sent before":              {[]crier.DeliveryRecord{record("hr", "notice"), record("hr", "notice-2")}, nil, "notice-3"},
		"sent in another place":    {[]crier.DeliveryRecord{record("it", "notice")}, nil, "notice"},
		"begun by a demonstration": {nil, []crier.Broadcast{broadcast("notice", ours)}, "notice"},
		"somebody else's":          {nil, []crier.Broadcast{broadcast("notice", nil)}, "notice-2"},
	} {
		if got := fresh("hr", "notice", test.records, test.broadcasts); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestOnlyDemosThatWereBrokenOffAreAbandoned(t *testing.T) {
	ours := map[string]string{LabelDemo: Demo}
	finished := []metav1.Condition{
		{Type: crier.ConditionFinished, Status: metav1.ConditionTrue},
		{Type: crier.ConditionReported, Status: metav1.ConditionTrue},
	}
	for name, test := range map[string]struct {
		labels     map[string]string
		conditions []metav1.Condition
		want       bool
	}{
		"begun":                {ours, nil, true},
		"sent, without report": {ours, finished[:1], true},
		"sent and reported":    {ours, finished, false},
		"somebody else's":      {nil, nil, false},
	} {
		b := &crier.Broadcast{ObjectMeta: metav1.ObjectMeta{Labels: test.labels}, Status: crier.BroadcastStatus{Conditions: test.conditions}}
		if brokenOff(b) != test.want {
			t.Errorf("%s: %t", name, !test.want)
		}
	}
}

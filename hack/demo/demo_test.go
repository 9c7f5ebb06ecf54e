package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
)

func TestSamplesAreWhatTheDemoNeeds(t *testing.T) {
	s, err := readSamples("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.recipients) != 5000 {
		t.Errorf("%d recipients", len(s.recipients))
	}
	if user, password, err := s.login(); user == "" || password == "" || err != nil {
		t.Errorf("login %q %q %v", user, password, err)
	}
	if to, err := s.reportAddressee(); err != nil || s.recipients[to] {
		t.Errorf("reports go to %q, %v: they would be counted as messages", to, err)
	}
	for _, rule := range script.Rules {
		hits, pattern := 0, regexp.MustCompile(rule.Regexp)
		for address := range s.recipients {
			if pattern.MatchString(address) {
				hits++
			}
		}
		t.Logf("%d recipients are told %d %s", hits, rule.Code, rule.Enhanced)
		if hits == 0 || hits > 100 {
			t.Errorf("%s refuses %d recipients", rule.Regexp, hits)
		}
	}
}

func TestPatchChangesTheCopy(t *testing.T) {
	s, err := readSamples("../..")
	if err != nil {
		t.Fatal(err)
	}
	d := &demo{samples: s, catcher: &harness.Catcher{Namespace: namespace}, authority: []byte("PEM")}
	if err := d.patch("other-name", time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"10-relay.yaml": "host: catcher.crier-demo.svc", "50-broadcast.yaml": `notAfter: "2030-01-02T03:04:05Z"`,
	} {
		raw, err := os.ReadFile(folder + "/" + file)
		if err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("%s lacks %q: %v", file, want, err)
		}
	}
}

func TestCompare(t *testing.T) {
	good := &crier.DeliveryTotals{Intended: 10, Accepted: 7, Failed: 2, Unknown: 1}
	line, err := compare(10, harness.Count{Accepted: 7, Failed: 2}, good)
	if line != "demo: recipients 10 accepted 7 failed 2 unknown 1 duplicates 0" || err != nil {
		t.Errorf("%s, %v", line, err)
	}
	for name, test := range map[string]struct {
		count  harness.Count
		totals *crier.DeliveryTotals
	}{
		"twice":     {harness.Count{Accepted: 7, Failed: 2, Duplicates: 1}, good},
		"disagrees": {harness.Count{Accepted: 8, Failed: 2}, good},
		"no totals": {harness.Count{Accepted: 7, Failed: 2}, nil},
	} {
		if _, err := compare(10, test.count, test.totals); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

func manifests(t *testing.T) *harness.Manifests {
	t.Helper()
	m, err := harness.ReadManifests(filepath.Join("..", "..", "..", folder))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManifestsAreWhatTheDemoNeeds(t *testing.T) {
	e, err := expect(manifests(t))
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]int{}
	for _, reason := range e.left {
		why[reason]++
	}
	t.Logf("%d of the staff, %d readers, left out: %v", len(e.of[staff]), len(e.of[news]), why)
	if n := len(e.of[staff]); n < 2000 || n > 3000 {
		t.Errorf("%d of the staff", n)
	}
	if n := len(e.of[news]); n != readers-5 {
		t.Errorf("%d readers", n)
	}
	for reason, least := range map[string]int{"suppressed": 8, "excluded": 50, "not selected": 150, "of another branch": 2000, "undecided": 1, "not read": rows - readers} {
		if why[reason] < least {
			t.Errorf("%d are left out because they are %s, want at least %d", why[reason], reason, least)
		}
	}
	for _, rule := range script.Rules {
		hits, pattern := 0, regexp.MustCompile(rule.Regexp)
		for _, of := range e.of {
			for address := range of {
				if pattern.MatchString(address) {
					hits++
				}
			}
		}
		if hits == 0 || hits > 500 {
			t.Errorf("%s refuses %d recipients", rule.Regexp, hits)
		}
	}
}

func TestDirectoryHasEverybodyOnce(t *testing.T) {
	var b strings.Builder
	if err := entries(&b, "secret"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if n := strings.Count(text, "objectClass: inetOrgPerson\n"); n != employees+5 {
		t.Errorf("%d people", n)
	}
	mails := map[string]bool{}
	for i := range employees {
		p := person(i)
		if p.mail != "" && mails[p.mail] {
			t.Errorf("two people have the address %s", p.mail)
		}
		mails[p.mail] = true
	}
}

// totals of the readers, of whom one was refused.
var refusedOne = &crier.DeliveryTotals{Intended: 3, Accepted: 2, Failed: 1}

func TestCompare(t *testing.T) {
	e := &expectation{
		of: map[string]map[string]bool{
			staff: {"a@x.test": true},
			news:  {"b@x.test": true, "c@x.test": true, "d@x.test": true},
		},
		left:   map[string]string{"l@x.test": "suppressed"},
		totals: map[string]*crier.DeliveryTotals{staff: {Intended: 1, Accepted: 1}, news: refusedOne},
	}
	good := func() smtptest.Stats {
		return smtptest.Stats{
			Accepted: map[string]int{"a@x.test": 1, "b@x.test": 1, "c@x.test": 1, "hr@x.test": 2},
			Refused:  map[string]smtptest.Entry{"d@x.test": {Code: 550}},
		}
	}
	line, err := e.compare(good())
	if line != "demo-sources: recipients 4 accepted 3 failed 1 unknown 0 duplicates 0 wrongly-sent 0 left-out 1" || err != nil {
		t.Errorf("%s, %v", line, err)
	}
	for name, change := range map[string]func(*smtptest.Stats){
		"twice":           func(s *smtptest.Stats) { s.Accepted["a@x.test"] = 2 },
		"missing":         func(s *smtptest.Stats) { delete(s.Accepted, "a@x.test") },
		"to a suppressed": func(s *smtptest.Stats) { s.Accepted["l@x.test"] = 1 },
		"refused one who should have been left": func(s *smtptest.Stats) {
			s.Refused["l@x.test"] = smtptest.Entry{Code: 550}
		},
	} {
		stats := good()
		change(&stats)
		if _, err := e.compare(stats); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n := e.reached(good()); n != 4 {
		t.Errorf("%d people were reached", n)
	}
	if n := e.reached(smtptest.Stats{Accepted: map[string]int{"tester@x.test": 1, "hr@x.test": 2}}); n != 0 {
		t.Errorf("testers and those who get reports count as reached: %d", n)
	}
	if found := e.strangers(good(), "hr@x.test"); len(found) != 0 {
		t.Errorf("strangers %v", found)
	}
	if found := e.strangers(good()); len(found) != 1 {
		t.Errorf("strangers %v", found)
	}
}

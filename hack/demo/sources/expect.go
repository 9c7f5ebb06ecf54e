package main

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// expectation is who should get what, worked out without Crier's own code, so that the count at
// the end is not Crier's word alone.
type expectation struct {
	// of a Broadcast, by its name in the manifests: addresses in lower case.
	of map[string]map[string]bool
	// left out by a rule, and why.
	left map[string]string
	// totals are Crier's, when it has sent.
	totals map[string]*crier.DeliveryTotals
}

func expect(m *harness.Manifests) (*expectation, error) {
	e := &expectation{
		of:   map[string]map[string]bool{staff: {}, news: {}},
		left: map[string]string{}, totals: map[string]*crier.DeliveryTotals{},
	}
	suppressed := map[string]bool{}
	for _, name := range []string{"not-to-be-written-to", "left"} {
		entries, _, err := unstructured.NestedSlice(m.Find("Suppression", name).Object, "spec", "entries")
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			address, _, _ := unstructured.NestedString(entry.(map[string]any), "address")
			suppressed[strings.ToLower(address)] = true
		}
	}
	// The last commissioner has no grade, so the filter can't decide.
	for _, address := range []string{"wilhelmina.ota@commissions.example.gov", "ignacio.bell@commissions.example.gov"} {
		e.add(staff, address, "", suppressed)
	}
	e.left["ruth.adeyemi@commissions.example.gov"] = "undecided"
	for i := range employees {
		p := person(i)
		e.add(staff, p.mail, p.why(), suppressed)
	}
	for n := 1; n <= rows; n++ {
		why := ""
		if !subscribed(n) {
			why = "not read"
		}
		e.add(news, address(n), why, suppressed)
	}
	return e, nil
}

// why somebody isn't written to, "" if he is: list, exclusion and filter in other words.
func (p employee) why() string {
	switch {
	case p.branch != "executive":
		return "of another branch"
	case p.onLeave:
		return "excluded"
	case p.grade < 2:
		return "not selected"
	}
	return ""
}

func (e *expectation) add(broadcast, address, why string, suppressed map[string]bool) {
	address = strings.ToLower(address)
	if address == "" {
		return
	}
	if why == "" && suppressed[address] {
		why = "suppressed"
	}
	if why == "" {
		e.of[broadcast][address] = true
	} else {
		e.left[address] = why
	}
}

// compare gives the last line without the time, and an error if anybody got what he shouldn't
// have, didn't get what he should have, or Crier says otherwise.
func (e *expectation) compare(stats smtptest.Stats) (string, error) {
	var all harness.Count
	var faults []error
	intended := 0
	for _, name := range []string{staff, news} {
		wanted := e.of[name]
		count := harness.Tally(stats, func(address string) bool { return wanted[address] })
		totals := e.totals[name]
		if totals == nil {
			return "", fmt.Errorf("%s has no totals", name)
		}
		for _, pair := range []struct {
			what           string
			catcher, crier int64
		}{
			{"recipients", int64(len(wanted)), totals.Intended},
			{"accepted", int64(count.Accepted), totals.Accepted},
			{"failed", int64(count.Failed), totals.Failed},
			{"neither", int64(len(wanted) - count.Accepted - count.Failed), totals.Unknown + totals.Suppressed},
		} {
			if pair.catcher != pair.crier {
				faults = append(faults, fmt.Errorf("%s, %s: the catcher counts %d, the Broadcast's status says %d", name, pair.what, pair.catcher, pair.crier))
			}
		}
		intended += len(wanted)
		all.Accepted += count.Accepted
		all.Failed += count.Failed
		all.Duplicates += count.Duplicates
	}
	if all.Duplicates > 0 {
		faults = append(faults, fmt.Errorf("%d messages were sent twice", all.Duplicates))
	}
	wrong := harness.Tally(stats, func(address string) bool { return e.left[address] != "" })
	if n := wrong.Accepted + wrong.Failed; n > 0 {
		faults = append(faults, fmt.Errorf("%d people were written to who should have been left out", n))
	}
	return fmt.Sprintf("demo-sources: recipients %d accepted %d failed %d unknown %d duplicates %d wrongly-sent %d left-out %d", intended,
		all.Accepted, all.Failed, intended-all.Accepted-all.Failed, all.Duplicates, wrong.Accepted, len(e.left)), errors.Join(faults...)
}

// reached is how many people of the demo, whether or not they are to be written to, were sent
// something.
func (e *expectation) reached(stats smtptest.Stats) int {
	count := harness.Tally(stats, func(address string) bool {
		return e.of[staff][address] || e.of[news][address] || e.left[address] != ""
	})
	return count.Accepted + count.Failed
}

// strangers are addresses that got something and have no place in the demo at all.
func (e *expectation) strangers(stats smtptest.Stats, known ...string) (found []string) {
	for address := range stats.Accepted {
		if !e.of[staff][address] && !e.of[news][address] && e.left[address] == "" && !strings.Contains(strings.Join(known, " "), address) {
			found = append(found, address)
		}
	}
	return found
}

package declared

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/suppression"
)

const suppressions = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: gone}, data: {a.csv: "address,reason,expires\nann@example.gov,Legal,\nbob@example.gov,,2026-03-01\nann,,\n", empty.csv: "nothing\n"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: open, labels: {crier.dev/use: suppression}}, stringData: {a.csv: "address\nzed@example.gov\n"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: shut, labels: {crier.dev/use: roster}}, stringData: {a.csv: "address\nzed@example.gov\n"}}
---
{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: entries}, spec: {scope: {kind: Namespace}, reason: Manual, entries: [{address: ANN@example.gov}, {address: bob@example.gov, expires: "2026-03-02T08:59:00Z"}]}}
---
{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: files}, spec: {scope: {kind: Namespace}, reason: Manual, csv: {from: [{configMap: {name: gone, keys: [a.csv]}}, {secret: {name: open}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: elsewhere}, spec: {scope: {kind: Namespace}, reason: Manual, csv: {from: [{secret: {name: elsewhere}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: shut}, spec: {scope: {kind: Namespace}, reason: Manual, csv: {from: [{secret: {name: shut}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: key}, spec: {scope: {kind: Namespace}, reason: Manual, csv: {from: [{configMap: {name: gone, keys: [b.csv]}}]}}}
---
{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: broken}, spec: {scope: {kind: Namespace}, reason: Manual, csv: {from: [{configMap: {name: gone, keys: [empty.csv]}}]}}}
`

// A Suppression is read as the controller reads it, and what can't be read is
// never taken for nobody.
func TestSuppressed(t *testing.T) {
	w := load(t, suppressions)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name                      string
		addresses, over, rejected int
		unknown, problem          string
	}{
		{name: "entries", addresses: 1, over: 1},
		{name: "files", addresses: 2, over: 1, rejected: 1},
		{name: "elsewhere", unknown: "Secret elsewhere isn't known here"},
		{name: "shut", problem: crier.ReasonSecretNotLabeled},
		{name: "key", problem: crier.ReasonSourceNotFound},
		{name: "broken", problem: crier.ReasonSourceUnreadable},
	} {
		got := w.Suppressed(Key{"hr", c.name}, now)
		problem := ""
		if got.Problem != nil {
			problem = got.Problem.Reason
		}
		if got.Addresses != c.addresses || got.Over != c.over || len(got.Rejected) != c.rejected || got.Unknown != c.unknown || problem != c.problem {
			t.Errorf("%s: %+v, problem %v", c.name, got, got.Problem)
		}
	}
	if got := w.Suppressed(Key{"hr", "no such"}, now); got != nil {
		t.Errorf("%+v", got)
	}
	if suppression.Permit(crier.SuppressionScope{Kind: crier.ScopeGlobal}, "hr", "crier-system") == nil {
		t.Error("everybody may keep all mail from being sent")
	}
}

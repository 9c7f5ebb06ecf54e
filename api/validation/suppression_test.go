package validation_test

import "testing"

const suppression = `
apiVersion: crier.dev/v1alpha1
kind: Suppression
metadata: {name: left}
spec:
  scope: {kind: List, name: staff}
  reason: Unsubscribed
  entries:
  - address: ann@example.net
`

func TestSuppression(t *testing.T) {
	creations(t, suppression, []refusal{
		{"list", `{}`, ""},
		{"namespace", `spec: {scope: {kind: Namespace, name: null}}`, ""},
		{"relay", `spec: {scope: {kind: Relay}}`, ""},
		{"everything; who may is decided later", `spec: {scope: {kind: Global, name: null}}`, ""},
		{"list without a name", `spec: {scope: {name: null}}`, "scopes List and Relay need a name, the others have none"},
		{"relay without a name", `spec: {scope: {kind: Relay, name: null}}`, "scopes List and Relay need a name, the others have none"},
		{"namespace with a name", `spec: {scope: {kind: Namespace}}`, "scopes List and Relay need a name, the others have none"},
		{"everything with a name", `spec: {scope: {kind: Global}}`, "scopes List and Relay need a name, the others have none"},
		{"another scope", `spec: {scope: {kind: Cluster}}`, `Unsupported value: "Cluster"`},
		{"another reason", `spec: {reason: Spam}`, `Unsupported value: "Spam"`},
		{"no reason", `spec: {reason: null}`, "spec.reason: Required value"},
		{"csv", `spec: {entries: null, csv: {from: [{configMap: {name: a}}, {secret: {name: b}}]}}`, ""},
		{"both", `spec: {csv: {from: [{configMap: {name: a}}]}}`, ""},
		{"neither", `spec: {entries: null}`, "give entries, csv or both"},
		{"no entries", `spec: {entries: []}`, "should have at least 1 items"},
		{"everything of an entry", `spec: {expires: "2027-01-01T00:00:00Z", entries: [{address: ann@example.net, reason: Legal, since: "2026-01-01T00:00:00Z", expires: "2026-12-31T00:00:00Z", note: court order}]}`, ""},
		{"an entry that is no address", `spec: {entries: [{address: nobody}]}`, "spec.entries[0].address"},
		{"an address twice", `spec: {entries: [{address: ann@example.net}, {address: ann@example.net}]}`, "Duplicate value"},
	})
}

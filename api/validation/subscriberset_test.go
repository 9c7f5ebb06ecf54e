package validation_test

import "testing"

const subscriberSet = `
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: staff}
spec:
  source:
    csv:
      from:
      - configMap: {name: people}
`

func TestSubscriberSet(t *testing.T) {
	creations(t, subscriberSet, []refusal{
		{"inline", `spec: {source: {csv: null, inline: [{email: a@example.gov}]}}`, ""},
		{"an inline entry that is no address is counted, not refused", `spec: {source: {csv: null, inline: [{email: nobody}]}}`, ""},
		{"several objects", `spec: {source: {csv: {from: [{configMap: {name: a}}, {secret: {name: b, keys: [c.csv]}}]}}}`, ""},
		{"delimiter", `spec: {source: {csv: {delimiter: "\t"}}}`, ""},
		{"both sources", `spec: {source: {inline: [{email: a@example.gov}]}}`, "give exactly one of inline and csv"},
		{"no source", `spec: {source: {csv: null}}`, "give exactly one of inline and csv"},
		{"both objects", `spec: {source: {csv: {from: [{configMap: {name: a}, secret: {name: b}}]}}}`, "give exactly one of configMap and secret"},
		{"no object", `spec: {source: {csv: {from: [{}]}}}`, "give exactly one of configMap and secret"},
		{"no objects", `spec: {source: {csv: {from: []}}}`, "should have at least 1 items"},
		{"no source at all", `spec: {source: null}`, "spec.source: Required value"},
		{"another delimiter", `spec: {source: {csv: {delimiter: "#"}}}`, `Unsupported value: "#"`},
	})
}

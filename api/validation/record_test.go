package validation_test

import "testing"

const deliveryRecord = `
apiVersion: crier.dev/v1alpha1
kind: DeliveryRecord
metadata: {name: b-aaaaaaaaaaaaaaaaaaaa}
spec: {purpose: Broadcast, namespace: hr, broadcast: enrollment}
state: {firstSeen: "2026-03-02T09:00:00Z", run: 1, stage: Registered}
`

const deliveryShard = `
apiVersion: crier.dev/v1alpha1
kind: DeliveryShard
metadata: {name: b-aaaaaaaaaaaaaaaaaaaa-x-0}
spec: {record: b-aaaaaaaaaaaaaaaaaaaa, attempt: x, index: 0, recipients: 10, secret: b-aaaaaaaaaaaaaaaaaaaa-x-0}
state:
  outcomes: p10
  totals: {intended: 10, accepted: 0, failed: 0, deferred: 0, unknown: 0, expired: 0, pending: 10}
`

func TestDeliveryRecordKeepsItsIdentity(t *testing.T) {
	const words = "the identity of a record can't change"
	updates(t, create(t, deliveryRecord), []refusal{
		{"further on", `state: {stage: Sealed}`, ""},
		{"another Broadcast", `spec: {broadcast: another}`, words},
		{"another namespace", `spec: {namespace: tax}`, words},
		{"another purpose", `spec: {purpose: Report}`, words},
		{"a run", `spec: {run: 2}`, words},
		{"another stage", `state: {stage: Nearly}`, `Unsupported value: "Nearly"`},
		{"no identity", `spec: null`, "spec: Required value"},
	})
}

func TestDeliveryShardKeepsItsRecipients(t *testing.T) {
	const words = "what a shard accounts for can't change"
	updates(t, create(t, deliveryShard), []refusal{
		{"progress", `state: {outcomes: a2p8, totals: {accepted: 2, pending: 8}}`, ""},
		{"more", `spec: {recipients: 11}`, words},
		{"another secret", `spec: {secret: another}`, words},
		{"another attempt", `spec: {attempt: z}`, words},
	})
}

// Package names gives machine-owned objects, and the keys of their data, their
// names: all from the names of users' objects, so that nothing has to be looked
// for.
package names

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

var nameEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Identity is a digest of a namespaced name, in 20 characters that any
// Kubernetes name may contain. The separator keeps a-b/c and a/b-c apart.
func Identity(namespace, name string) string {
	sum := sha256.Sum256([]byte(namespace + "\x00" + name))
	return strings.ToLower(nameEncoding.EncodeToString(sum[:])[:20])
}

// RecordName is the name of the DeliveryRecord of a Broadcast.
func RecordName(namespace, broadcast string) string {
	return "b-" + Identity(namespace, broadcast)
}

// ReportRecordName is the name of the DeliveryRecord of a report mail.
func ReportRecordName(namespace, broadcast string, run int32, kind crier.ReportKind) string {
	return fmt.Sprintf("r-%s-%d-%s", Identity(namespace, broadcast), run, strings.ToLower(string(kind)[:1]))
}

// TestRecordName is the name of the DeliveryRecord of a test copy, which is
// asked for by a token.
func TestRecordName(namespace, broadcast, token string) string {
	return fmt.Sprintf("t-%s-%s", Identity(namespace, broadcast), Identity(token, ""))
}

// ShardName is the name of a DeliveryShard and of the Secret with its recipients.
func ShardName(record, attempt string, index int32) string {
	return fmt.Sprintf("%s-%s-%d", record, attempt, index)
}

// MessageSecretName is the name of the Secret with the frozen message.
func MessageSecretName(record, attempt string) string {
	return fmt.Sprintf("%s-%s-message", record, attempt)
}

// FileSecretName is the name of the Secret with an attachment of a frozen
// message, by its place from 0.
func FileSecretName(record, attempt string, place int32) string {
	return fmt.Sprintf("%s-%s-file-%d", record, attempt, place)
}

// HandoutSecretName is the name of the Secret that tells senders how to
// reach the relay.
func HandoutSecretName(record, attempt string) string {
	return fmt.Sprintf("%s-%s-connection", record, attempt)
}

// MarksSecretName is the name of the Secret that tells senders which
// recipients were suppressed since they were written down.
func MarksSecretName(record, attempt string) string {
	return fmt.Sprintf("%s-%s-marks", record, attempt)
}

// IndexSecretName is the name of the Secret with the first key of each shard.
func IndexSecretName(record, attempt string) string {
	return fmt.Sprintf("%s-%s-index", record, attempt)
}

// SenderName is the name of the ServiceAccount, Role and RoleBinding of the
// senders of a record.
func SenderName(record, attempt string) string {
	return fmt.Sprintf("%s-%s-sender", record, attempt)
}

// JobName is what the names of the Jobs of a pass begin with.
func JobName(record, attempt string, pass int32) string {
	return fmt.Sprintf("%s-%s-p%d", record, attempt, pass)
}

// SenderJobName is the name of the Job of one sender of a pass, from 0.
func SenderJobName(job string, worker int32) string {
	return fmt.Sprintf("%s-w%d", job, worker)
}

// RosterSecretName is the name of a Secret with a part of a roster.
func RosterSecretName(namespace, set, digest string, part int32) string {
	return partName("roster", namespace, set, digest, part)
}

// SuppressionSecretName is the name of a Secret with a part of the addresses
// of a Suppression.
func SuppressionSecretName(namespace, suppression, digest string, part int32) string {
	return partName("suppression", namespace, suppression, digest, part)
}

// SuppressionChangesName is the name of the Secret with what changed last in
// the addresses of a Suppression.
func SuppressionChangesName(namespace, suppression string) string {
	return fmt.Sprintf("suppression-%s-changes", Identity(namespace, suppression))
}

func partName(what, namespace, name, digest string, part int32) string {
	short := strings.TrimPrefix(digest, "sha256:")
	if len(short) > 12 {
		short = short[:12]
	}
	return fmt.Sprintf("%s-%s-%s-%d", what, Identity(namespace, name), short, part)
}

// Keys of the data of machine-owned Secrets.
const (
	RecipientsKey = "recipients"
	MessageKey    = "message"
	// FileKey holds an attachment, PackedFileKey one that is compressed with gzip.
	FileKey       = "file"
	PackedFileKey = "file.gz"
	HandoutKey    = "connection"
	// RationsKey stands beside the connection: what each pod may use of it.
	RationsKey = "grants"
	RosterKey  = "roster"
	MarksKey   = "marks"
	// OriginKey stands beside the marks: what they were made of.
	OriginKey  = "origin"
	IndexKey   = "index"
	ChangesKey = "changes"
)

// HeartbeatLease is the name of the Lease with the heartbeat of the ledger, in
// the operator's namespace.
const HeartbeatLease = "crier-ledger"

// LedgerKind is the name of the CustomResourceDefinition of DeliveryRecords,
// which is as old as the ledger.
const LedgerKind = "deliveryrecords.crier.dev"

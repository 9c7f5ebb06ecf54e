// Package lifecycle decides about Broadcasts: what they are, when they are
// too late, what a record of an earlier life means, and what comes after a
// pass. It reads and writes nothing.
package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// HashVersion is the version of the projection that new hashes are made with.
const HashVersion = "v1"

// ContentHash is the identity of what a Broadcast says and to whom: a
// version, a colon and the SHA-256 of a canonical projection of the spec.
// Policies, suspend and resend are not part of it.
func ContentHash(spec crier.BroadcastSpec) string {
	return HashVersion + ":" + digest(projectV1(spec))
}

// SameContent says whether spec is what hash was made of, compared under the
// version that hash was made with: a release that adds a field does not turn
// Broadcasts into strangers. A version that this release doesn't know is
// never the same.
func SameContent(hash string, spec crier.BroadcastSpec) bool {
	return hash == ContentHash(spec) // begins with the only version so far
}

// projectionV1 must never change: hashes in records were made with it. Zero
// values are left out, so that fields can be added.
type projectionV1 struct {
	List     string          `json:"list"`
	Subject  string          `json:"subject"`
	Text     string          `json:"text,omitempty"`
	HTML     string          `json:"html,omitempty"`
	FromName string          `json:"fromName,omitempty"`
	ReplyTo  []crier.Mailbox `json:"replyTo,omitempty"`
	SendAt   string          `json:"sendAt,omitempty"`
	NotAfter string          `json:"notAfter,omitempty"`

	// Fields that were added later, left out when empty.

	Lists       []string                       `json:"lists,omitempty"`
	Filter      string                         `json:"filter,omitempty"`
	Markdown    string                         `json:"markdown,omitempty"`
	Template    *crier.TemplateReference       `json:"template,omitempty"`
	Values      map[string]crier.TemplateValue `json:"values,omitempty"`
	Sections    []crier.ContentSection         `json:"sections,omitempty"`
	Attachments []crier.ContentAttachment      `json:"attachments,omitempty"`
	Event       *crier.CalendarEvent           `json:"event,omitempty"`
	Language    string                         `json:"language,omitempty"`
	Exclude     *crier.AudienceExclusion       `json:"exclude,omitempty"`
}

func projectV1(spec crier.BroadcastSpec) projectionV1 {
	projection := projectionV1{
		Subject:  spec.Subject,
		Text:     spec.Content.Text,
		HTML:     spec.Content.HTML,
		FromName: spec.FromName,
		ReplyTo:  spec.ReplyTo,
		SendAt:   instant(spec.SendAt),
		NotAfter: instant(spec.NotAfter),
		Filter:   string(spec.Filter),
		Markdown: spec.Content.Markdown, Template: spec.Content.TemplateRef, Values: spec.Content.Values,
		Sections: spec.Content.Sections, Attachments: spec.Content.Attachments,
		Event: spec.Content.Event, Language: spec.Content.Language,
	}
	if spec.ListRef != nil {
		projection.List = spec.ListRef.Name
	}
	for _, ref := range spec.ListRefs {
		projection.Lists = append(projection.Lists, ref.Name)
	}
	if spec.Audience != nil {
		projection.Exclude = spec.Audience.Exclude
	}
	return projection
}

// instant writes a time in UTC: the same moment in another zone is the same content.
func instant(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func digest(projection any) string {
	// Structs of strings always marshal.
	data, _ := json.Marshal(projection)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

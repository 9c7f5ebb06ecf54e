package flow_test

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// fixture is what a release froze and sent in part, see testdata/releases.
type fixture struct {
	Namespace string                `json:"namespace"`
	Record    *crier.DeliveryRecord `json:"record"`
	Shards    []crier.DeliveryShard `json:"shards"`
	// Secrets of the record: message, files, recipients, and what senders were told.
	Secrets []corev1.Secret `json:"secrets"`
	// Roster is that of the set, and RosterParts its parts.
	Roster      *crier.RosterStatus `json:"roster"`
	RosterParts [][]byte            `json:"rosterParts"`
	// Messages as that release composed them, by address.
	Messages map[string]string `json:"messages"`
}

var longLines = regexp.MustCompile(`(?:[A-Za-z0-9+/=]+\r\n){20,}`)

// shortened is a message with digests in the place of long files.
func shortened(data []byte) string {
	return longLines.ReplaceAllStringFunc(string(data), func(lines string) string {
		return fmt.Sprintf("sha256:%x\r\n", sha256.Sum256([]byte(lines)))
	})
}

var largeFile = strings.Repeat("All work and no play.\n", 4000)

// fixtureNews has a bit of everything that is frozen.
func fixtureNews(b *crier.Broadcast) {
	b.Spec.ListRef, b.Spec.ListRefs = nil, []crier.LocalReference{{Name: "staff"}, {Name: "public"}}
	b.Spec.Subject = "{{ .List.Name }} for {{ .Name }}"
	b.Spec.Content = crier.BroadcastContent{
		TemplateRef: &crier.TemplateReference{Builtin: "announcement"}, Language: "de",
		Values:   map[string]crier.TemplateValue{"headline": "Drill"},
		Markdown: "Dear **{{ .Name }}**,\n\nplease [read](https://example.gov/?u={{ .Email }}).",
		Attachments: []crier.ContentAttachment{
			{Name: "large.txt", ConfigMap: &crier.ObjectKey{Name: "files", Key: "large.txt"}},
			{Name: "small.txt", ConfigMap: &crier.ObjectKey{Name: "files", Key: "small.txt"}},
		},
		Event: &crier.CalendarEvent{
			Summary: "Drill", Location: "Room 12", Start: metav1.Time{Time: start.Add(24 * time.Hour)}, End: metav1.Time{Time: start.Add(25 * time.Hour)},
		},
	}
	b.Spec.ReplyTo = []crier.Mailbox{{Name: "Desk", Address: "desk@example.gov"}}
	b.Spec.OnUnknown = crier.UnknownReport
}

package lifecycle

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) *metav1.Time {
	t := metav1.NewTime(now.Add(d))
	return &t
}

// spec has every field that is part of the content.
func spec() crier.BroadcastSpec {
	return crier.BroadcastSpec{
		ListRef:  &crier.LocalReference{Name: "staff"},
		Subject:  "Hello {{ .Name }}",
		Content:  crier.BroadcastContent{Text: "Dear {{ .Name }}", HTML: "<p>Dear {{ .Name }}</p>"},
		FromName: "The Office", ReplyTo: []crier.Mailbox{{Name: "Desk", Address: "desk@example.gov"}},
		SendAt: at(time.Hour), NotAfter: at(48 * time.Hour),
	}
}

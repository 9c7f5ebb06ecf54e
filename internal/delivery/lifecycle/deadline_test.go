package lifecycle

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestDeadline(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name             string
		sendAt, notAfter *metav1.Time
		want             time.Duration // after first sight; 0 is an error
	}{
		{"sendAt alone gives three days", at(day), nil, 4 * day},
		{"notAfter alone", nil, at(2 * day), 2 * day},
		{"both", at(day), at(2 * day), 2 * day},
		{"long gone", nil, at(-day), -day},
		{"sendAt long gone", at(-5 * day), nil, -2 * day},
		{"at most 90 days after first sight", nil, at(90 * day), 90 * day},
		{"and no second more", nil, at(90*day + time.Second), 0},
		{"90 days after sendAt", at(10 * day), at(100 * day), 100 * day},
		{"and no second more", at(10 * day), at(100*day + time.Second), 0},
	} {
		got, err := Deadline(crier.BroadcastSpec{SendAt: c.sendAt, NotAfter: c.notAfter}, now)
		if (err != nil) != (c.want == 0) || err == nil && !got.Equal(now.Add(c.want)) {
			t.Errorf("%s: %s, %v", c.name, got, err)
		}
	}
}

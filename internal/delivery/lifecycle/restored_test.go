package lifecycle

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func about(restore, released string) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{}
	if restore != "" {
		meta.Labels = map[string]string{crier.LabelRestored: restore}
	}
	if released != "" {
		meta.Annotations = map[string]string{crier.AnnotationReleaseRestored: released}
	}
	return meta
}

// A release is about one restore: the next one is held again.
func TestHeldRestore(t *testing.T) {
	for _, c := range []struct {
		name, restore, released string
		held                    bool
	}{
		{"never restored", "", "", false},
		{"never restored, and released", "", "monday", false},
		{"restored", "tuesday", "", true},
		{"released", "tuesday", "tuesday", false},
		{"another was released", "tuesday", "monday", true},
	} {
		b := &crier.Broadcast{ObjectMeta: about(c.restore, c.released)}
		if from, held := HeldRestore(b); held != c.held || from != c.restore {
			t.Errorf("%s: %q, %t", c.name, from, held)
		}
		record := &crier.DeliveryRecord{ObjectMeta: about(c.restore, "")}
		for purpose, own := range map[crier.RecordPurpose]bool{crier.RecordBroadcast: true, crier.RecordReport: false, crier.RecordTest: false} {
			record.Spec.Purpose = purpose
			if _, held := HeldRestoreOf(record, b); held != (c.held && !own) {
				t.Errorf("%s of a %s: %t", c.name, purpose, held)
			}
			if _, held := HeldRestoreOf(record, nil); held != (c.restore != "" && !own) {
				t.Errorf("%s of a %s without its Broadcast: %t", c.name, purpose, held)
			}
		}
	}
}

func TestWhatSendsByItself(t *testing.T) {
	for identity, want := range map[Identity]bool{
		Unseen: true, Renewed: true, NewRun: true,
		LedgerLost: false, Same: false, Adopted: false, AdoptedElsewhere: false, Recreated: false, Changed: false, Reused: false,
	} {
		if identity.Sends() != want {
			t.Errorf("%d: %t", identity, identity.Sends())
		}
	}
}

package flow_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// leave makes a set out of a file, and reads it.
func (w *world) leave(name, file string) {
	w.Helper()
	w.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: name}, Data: map[string]string{"a.csv": file}})
	w.Create(&crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: name}, Spec: crier.SubscriberSetSpec{
		Attributes: map[string]crier.AttributeDeclaration{"grade": {Type: crier.AttributeInteger}},
		Source:     crier.SubscriberSource{CSV: &crier.CSVSource{From: []crier.CSVObject{{ConfigMap: &crier.CSVKeys{Name: name}}}}},
	}})
	w.readSet(name)
}

func without(set string) func(*crier.Broadcast) {
	return func(b *crier.Broadcast) {
		b.Spec.Audience = &crier.BroadcastAudience{Exclude: &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: set}}}}
	}
}

// Whoever is named by a row that can't be used is left out, where the set says
// who is, also as a member of a union.
func TestExcludedByRowsThatCannotBeUsed(t *testing.T) {
	w := staffed(t)
	w.leave("on-leave", "name,email,grade\nLee, Ann,ann@example.net,1\nBo,bob@example.net,12a\n")
	w.Create(w.Union("out", "on-leave"))
	w.readSet("out")
	b := w.frozen(without("out"))
	if got := w.frozenFor(); !slices.Equal(got, []string{"cem", "dot"}) || b.Status.Audience.Excluded != 2 {
		t.Errorf("sent to %v, %+v", got, b.Status.Audience)
	}
}

// Of a file that can't be read it isn't known who must not get the message.
func TestExcludedSetThatCannotBeRead(t *testing.T) {
	for name, file := range map[string]string{
		"other": "E-Mail;Name\nann@example.net;Ann\n", "nothing": "", "rows": "email\nann\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := staffed(t)
			w.leave("on-leave", file)
			news := w.Broadcast()
			without("on-leave")(news)
			w.Create(news)
			w.look(crier.ReasonSubscribersNotReady, "SubscriberSet on-leave is not ready: ConfigMap/on-leave/a.csv")
		})
	}
}

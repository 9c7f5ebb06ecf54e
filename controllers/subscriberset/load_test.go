package subscriberset

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"crier.dev/crier/internal/apitest"
)

func TestLargeSetHasSeveralParts(t *testing.T) {
	w := newWorld(t)
	const people, files = 100_000, 4
	for i := range files {
		var text strings.Builder
		text.WriteString("email,token\n")
		for n := i * people / files; n < (i+1)*people/files; n++ {
			fmt.Fprintf(&text, "p%d@example.gov,%016x\n", n, uint64(n)*0x9e3779b97f4a7c15)
		}
		w.create(&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("people-%d", i)},
			BinaryData: map[string][]byte{"a.csv.gz": packed(t, text.String())},
		})
	}
	w.create(csvSet(configMap("people-0"), configMap("people-1"), configMap("people-2"), configMap("people-3")))
	set, _ := w.step("staff")
	if set.Status.Roster.Parts < 2 || len(w.parts()) != int(set.Status.Roster.Parts) {
		t.Errorf("parts %d and %v", set.Status.Roster.Parts, w.parts())
	}
	got, err := Load(t.Context(), server.Client, apitest.OperatorNamespace, set)
	if err != nil || int64(len(got)) != set.Status.Subscribers || len(got) != people {
		t.Errorf("loaded %d of %d, %v", len(got), set.Status.Subscribers, err)
	}
}

package subscriberset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
)

// load reads a whole roster.
func load(ctx context.Context, reader client.Reader, namespace string, set *crier.SubscriberSet) ([]roster.Subscriber, error) {
	rows := gather.Roster(ctx, reader, namespace, set)
	var out []roster.Subscriber
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		sub, err := row.Subscriber()
		if err != nil {
			return nil, err
		}
		out = append(out, sub)
	}
}

func TestLargeSetHasSeveralParts(t *testing.T) {
	w := newWorld(t)
	const people, files = 100_000, 4
	for i := range files {
		var text strings.Builder
		text.WriteString("email,token\n")
		for n := i * people / files; n < (i+1)*people/files; n++ {
			fmt.Fprintf(&text, "p%d@example.gov,%016x\n", n, uint64(n)*0x9e3779b97f4a7c15)
		}
		w.Create(&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("people-%d", i)},
			BinaryData: map[string][]byte{"a.csv.gz": packed(t, text.String())},
		})
	}
	w.Create(csvSet(configMap("people-0"), configMap("people-1"), configMap("people-2"), configMap("people-3")))
	set, _ := w.step("staff")
	if set.Status.Roster.Parts < 2 || len(w.parts()) != int(set.Status.Roster.Parts) {
		t.Errorf("parts %d and %v", set.Status.Roster.Parts, w.parts())
	}
	got, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set)
	if err != nil || int64(len(got)) != set.Status.Subscribers || len(got) != people {
		t.Errorf("loaded %d of %d, %v", len(got), set.Status.Subscribers, err)
	}
}

// The rosters of the first release were sorted by address. They have to be
// read again from their source, and must not be taken for whole until then.
func TestRosterOfAnotherRelease(t *testing.T) {
	w := newWorld(t)
	w.Create(&crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{
			{Email: "b@example.gov"}, {Email: "Z@example.gov"},
		}}},
	})
	set, _ := w.step("staff")
	lines := `{"email":"Z@example.gov"}` + "\n" + `{"email":"b@example.gov"}` + "\n"
	sum := sha256.Sum256([]byte(lines))
	set.Status.Roster.Digest = "sha256:" + hex.EncodeToString(sum[:])
	old := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: apitest.OperatorNamespace,
			Name:      names.RosterSecretName(set.Namespace, set.Name, set.Status.Roster.Digest, 0),
			Labels: map[string]string{
				crier.LabelComponent: crier.ComponentRoster, crier.LabelIdentity: names.Identity(set.Namespace, set.Name),
			},
			Annotations: map[string]string{"crier.dev/part-digest": "sha256:another"},
		},
		Data: map[string][]byte{names.RosterKey: packed(t, lines)},
	}
	if err := server.Client.Create(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if err := server.Client.Status().Update(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set); !errors.Is(err, rosterstore.ErrUnavailable) {
		t.Errorf("the roster of another release: %v", err)
	}
	set, _ = w.step("staff")
	got, err := load(t.Context(), server.Client, apitest.OperatorNamespace, set)
	if err != nil || len(got) != 2 || got[0].Email != "b@example.gov" {
		t.Errorf("read again: %v, %v", got, err)
	}
}

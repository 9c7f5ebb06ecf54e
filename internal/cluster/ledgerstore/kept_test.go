package ledgerstore

import (
	"context"
	"errors"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
)

func frozenRecord() *crier.DeliveryRecord {
	record := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: "b-news"}}
	record.State.Frozen = &crier.FrozenDelivery{Attempt: "aaaaaaaaaa", Shards: 3, Files: 2}
	return record
}

func secretsOf(record *crier.DeliveryRecord, all ...string) (objects []client.Object) {
	for _, name := range all {
		objects = append(objects, &corev1.Secret{ObjectMeta: Meta(record, "crier-system", record.State.Frozen.Attempt, crier.ComponentRecipients, name)})
	}
	return objects
}

// What is gone is found by name, and only what is gone: an answer of the API
// server that is too old is no proof.
func TestMissing(t *testing.T) {
	record := frozenRecord()
	attempt := record.State.Frozen.Attempt
	shard := func(i int32) string { return names.ShardName(record.Name, attempt, i) }
	message, file := names.MessageSecretName(record.Name, attempt), names.FileSecretName(record.Name, attempt, 1)
	for name, c := range map[string]struct {
		there []string
		stale bool // the first answer has nothing
		want  Missing
	}{
		"all are there":           {[]string{shard(0), shard(1), shard(2), message, file}, false, Missing{}},
		"an old answer":           {[]string{shard(0), shard(1), shard(2), message, file}, true, Missing{}},
		"recipients":              {[]string{shard(0), message, file}, false, Missing{Shards: []int32{1, 2}}},
		"recipients, old answer":  {[]string{shard(0), shard(2), message, file}, true, Missing{Shards: []int32{1}}},
		"the message":             {[]string{shard(0), shard(1), shard(2), file}, false, Missing{Message: true}},
		"a file":                  {[]string{shard(0), shard(1), shard(2), message}, false, Missing{Files: true}},
		"those of another record": {nil, false, Missing{Shards: []int32{0, 1, 2}, Message: true, Files: true}},
	} {
		other := frozenRecord()
		other.Name = "b-other"
		objects := append(secretsOf(record, c.there...), secretsOf(other, "else")...)
		asked := 0
		memory := interceptor.NewClient(fake.NewClientBuilder().WithObjects(objects...).Build(), interceptor.Funcs{
			List: func(ctx context.Context, c2 client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
				if asked++; asked == 1 && c.stale {
					return nil
				}
				return c2.List(ctx, list, options...)
			},
		})
		got, err := (&Store{Reader: memory, Namespace: "crier-system"}).Missing(t.Context(), record, []int32{1})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if whole := reflect.DeepEqual(c.want, Missing{}) && !c.stale; whole && asked != 1 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}

// Recipients that are gone or damaged are lost; an API server that doesn't
// answer loses nobody.
func TestRecipientsAreLost(t *testing.T) {
	record := frozenRecord()
	shard := &crier.DeliveryShard{Spec: crier.DeliveryShardSpec{Recipients: 2, Secret: "damaged"}}
	memory := fake.NewClientBuilder().WithObjects(secretsOf(record, "damaged")...).Build()
	for _, name := range []string{"damaged", "gone"} {
		shard.Spec.Secret = name
		if _, err := (&Store{Reader: memory, Namespace: "crier-system"}).Recipients(t.Context(), shard); !IsLost(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	away := interceptor.NewClient(memory, interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errors.New("connection refused")
		},
	})
	if _, err := (&Store{Reader: away, Namespace: "crier-system"}).Recipients(t.Context(), shard); err == nil || IsLost(err) {
		t.Errorf("away: %v", err)
	}
}

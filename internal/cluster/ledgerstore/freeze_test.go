package ledgerstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
)

// cut gives how many recipients each shard has.
func cut(t *testing.T, people, attribute, maxPart int) (shards []int) {
	t.Helper()
	subs := make([]roster.Subscriber, people)
	for i := range subs {
		subs[i] = roster.Subscriber{Email: fmt.Sprintf("p%05d@example.gov", i)}
		if attribute > 0 {
			// No two lines alike, or they would be compressed to nothing.
			subs[i].Name = strings.Repeat(fmt.Sprintf("%x", uint64(i)*0x9e3779b97f4a7c15), attribute/16)
		}
	}
	source, err := roster.Of(subs)
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	rows := roster.NewWriter(maxPart, func(part []byte, n int) error {
		got, err := roster.DecodeAll(part)
		if err != nil || len(got) != n || n > 0 && got[0].Email != subs[next].Email {
			t.Errorf("a shard from %d on has %d recipients, counted %d, %v", next, len(got), n, err)
		}
		shards = append(shards, n)
		next += n
		return nil
	})
	if _, err := fill(rows, audience.New(source)); err != nil {
		t.Fatal(err)
	}
	return shards
}

func TestShardsAreFull(t *testing.T) {
	for people, want := range map[int][]int{
		0: nil, 1: {1}, ShardSize: {ShardSize}, ShardSize + 1: {ShardSize, 1}, 2*ShardSize + 5: {ShardSize, ShardSize, 5},
	} {
		if got := cut(t, people, 0, maxSecret); !slices.Equal(got, want) {
			t.Errorf("%d people: shards of %v, want %v", people, got, want)
		}
	}
}

// Recipients with much to tell make smaller shards, never a Secret that the
// API server refuses.
func TestLargeRecipientsMakeSmallerShards(t *testing.T) {
	shards := cut(t, 3000, 160, 20_000)
	sum := 0
	for _, n := range shards {
		sum += n
	}
	if len(shards) < 3 || sum != 3000 || slices.Max(shards) >= ShardSize {
		t.Errorf("shards of %v", shards)
	}
}

// A freeze whose shards can't all be written fails, whichever it is that can't
// be, also where all others could.
func TestShardsThatCannotBeWritten(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), crier.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	const shards = 12
	subs := make([]roster.Subscriber, (shards-1)*ShardSize+1)
	for i := range subs {
		subs[i].Email = fmt.Sprintf("p%05d@example.gov", i)
	}
	record := &crier.DeliveryRecord{}
	record.Name = "b-news"
	broken := errors.New("broken")
	for name, at := range map[string]int32{"none": -1, "the first": 0, "one in the middle": 5, "the last": shards - 1} {
		var created atomic.Int32
		api := fake.NewClientBuilder().WithScheme(scheme).WithInterceptorFuncs(interceptor.Funcs{
			Create: func(ctx context.Context, w client.WithWatch, o client.Object, options ...client.CreateOption) error {
				if shard, ok := o.(*crier.DeliveryShard); ok && shard.Spec.Index == at {
					return broken
				}
				created.Add(1)
				return w.Create(ctx, o, options...)
			},
		}).Build()
		rows, err := roster.Of(subs)
		if err != nil {
			t.Fatal(err)
		}
		s := &Store{Client: api, Reader: api, Namespace: "crier-system"}
		n, err := s.writeShards(t.Context(), record, "a1", audience.New(rows))
		if at < 0 {
			if err != nil || len(n) != shards || created.Load() != 2*shards {
				t.Errorf("%s: %d shards, %d objects, %v", name, len(n), created.Load(), err)
			}
			continue
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: %d shards, %v", name, len(n), err)
		}
	}
}

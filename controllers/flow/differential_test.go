package flow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/suppression"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/declared/live"
	"crier.dev/crier/internal/client/preview"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/writing/draft"
)

// differential is for how long random rounds go on, beside the fixed seeds:
//
//	CRIER_TEST_DIFFERENTIAL=10m go test ./controllers/flow -run Differential -timeout 20m
//
// differentialSeed runs one seed alone, as a failure tells it.
const (
	differential     = "CRIER_TEST_DIFFERENTIAL"
	differentialSeed = "CRIER_TEST_DIFFERENTIAL_SEED"
)

// broadcastsPerRound share what a round declares.
const broadcastsPerRound = 8

// A preview, the plan of the controllers and what a relay gets of the sender
// say the same of everybody: who gets the message, by which list, with which
// words; who doesn't, and why; and why nothing is sent at all.
func TestDifferential(t *testing.T) {
	var seeds []uint64
	if text := os.Getenv(differentialSeed); text != "" {
		var seed uint64
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatal(err)
		}
		seeds = []uint64{seed}
	} else {
		seeds = []uint64{1, 2, 3, 4}
	}
	sum := &tally{held: map[string]int{}}
	for _, seed := range seeds {
		sum.run(t, seed)
	}
	if text := os.Getenv(differential); text != "" {
		budget, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		first := uint64(time.Now().UnixNano())
		for began, n := time.Now(), uint64(0); time.Since(began) < budget && !t.Failed(); n++ {
			sum.run(t, first+n)
		}
	}
	t.Logf("%d rounds: %d messages, %d people left out, %d refused, held: %v", sum.rounds, sum.messages, sum.out, sum.refused, sum.held)
	if os.Getenv(differentialSeed) == "" && (sum.messages == 0 || sum.out == 0 || sum.refused == 0 || len(sum.held) < 3) {
		t.Error("the rounds say nothing")
	}
}

// tally counts what the rounds were about.
type tally struct {
	rounds, messages, out, refused int
	held                           map[string]int // by reason
}

func (sum *tally) run(t *testing.T, seed uint64) {
	t.Run(fmt.Sprint(seed), func(t *testing.T) {
		sum.rounds++
		w := bare(t)
		r := newRound(w, seed)
		for _, o := range r.objects {
			w.Create(o)
			if o.GetNamespace() == apitest.OperatorNamespace {
				t.Cleanup(func() { _ = api.Delete(context.Background(), o) })
			}
		}
		for range 4 { // a union comes after its sets
			w.prepare()
		}
		r.suppressions()
		for i := range broadcastsPerRound {
			b, needs := r.broadcast(i)
			for _, o := range append(needs, b) {
				w.Create(o)
			}
			c := comparison{round: r, b: b, objects: append(r.objects[:len(r.objects):len(r.objects)], append(needs, b)...), sum: sum}
			c.run()
			if t.Failed() {
				t.Fatalf("seed %d, Broadcast %s. To run this seed alone: %s=%d go test ./controllers/flow -run Differential", seed, b.Name, differentialSeed, seed)
			}
		}
	})
}

// suppressions steps the controller of all.
func (r *round) suppressions() {
	c := &suppression.Reconciler{
		Client: api, Reader: api, Namespace: apitest.OperatorNamespace, Clock: r.w.Clock, Recorder: r.w.Recorder(),
	}
	for _, o := range r.objects {
		if _, ok := o.(*crier.Suppression); !ok {
			continue
		}
		if _, err := c.Reconcile(r.w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(o)}); err != nil {
			r.w.Fatal(err)
		}
	}
}

// comparison is of one Broadcast.
type comparison struct {
	*round
	b       *crier.Broadcast
	objects []client.Object // all that it depends on
	sum     *tally

	world *declared.World
	facts draft.Facts
}

func (c *comparison) run() {
	c.w.Helper()
	status := c.plan()
	c.world = c.declared()
	b, ok := c.world.Broadcasts.Get(declared.Key{Namespace: c.w.NS, Name: c.b.Name})
	if !ok {
		c.w.Fatal("the Broadcast isn't declared")
	}
	c.facts, _ = c.world.Facts(b.Value)
	ready := meta.FindStatusCondition(status.Conditions, crier.ConditionReady)
	if ready.Reason != crier.ReasonSending {
		c.held(ready.Reason, ready.Message)
		return
	}
	if problem := preview.Check(c.world, c.facts, preview.Person{}); problem != nil {
		c.w.Errorf("it is sent, and the preview says %v", problem)
		return
	}
	c.people(status.Audience, c.recipients(), c.send())
	c.live()
}

// plan steps the Broadcast until the controllers have frozen it or hold it.
func (c *comparison) plan() crier.BroadcastStatus {
	c.w.Helper()
	key := client.ObjectKeyFromObject(c.b)
	for range 3 {
		for range 5 {
			result, err := c.w.broadcasts.Reconcile(c.w.Context(), ctrl.Request{NamespacedName: key})
			if err != nil {
				c.w.Fatal(err)
			}
			if result.RequeueAfter != time.Second {
				break
			}
		}
		got := apitest.Get(c.w, c.b.Name, &crier.Broadcast{})
		c.w.Check(got)
		if ready := meta.FindStatusCondition(got.Status.Conditions, crier.ConditionReady); ready.Reason != crier.ReasonAudienceSettling {
			return got.Status
		}
		c.w.Advance(time.Minute) // a selection settles
	}
	return apitest.Get(c.w, c.b.Name, &crier.Broadcast{}).Status
}

// held holds what the preview says against why nothing is sent.
func (c *comparison) held(reason, message string) {
	c.w.Helper()
	c.sum.held[reason]++
	var got []string
	if problem := preview.Check(c.world, c.facts, preview.Person{}); problem != nil {
		got = append(got, problem.Reason)
	}
	to, _ := preview.Recipient(c.world, c.facts, preview.Person{})
	var problem *preview.Problem
	if _, err := preview.Make(c.facts, to, c.w.Clock.Now()); errors.As(err, &problem) {
		got = append(got, problem.Reason)
	}
	for _, one := range got {
		if one == reason {
			return
		}
	}
	c.w.Errorf("it is held (%s: %s), and the preview says %q; what it can't read: %q", reason, message, got, c.world.Select(c.facts).Doubts)
}

// recipients are those that were written down, by the keys of their addresses.
func (c *comparison) recipients() map[string]roster.Subscriber {
	c.w.Helper()
	out := map[string]roster.Subscriber{}
	record := c.w.recordOf(names.RecordName(c.w.NS, c.b.Name))
	all := func(*crier.DeliveryShard) bool { return true }
	err := c.w.records.Store.Each(c.w.Context(), record, all, func(d ledgerstore.Delivery) bool {
		out[roster.Key(d.Subscriber.Email)] = d.Subscriber
		return true
	})
	if err != nil {
		c.w.Fatal(err)
	}
	return out
}

// people holds what the preview says of each against what became of them.
func (c *comparison) people(planned *crier.PlannedAudience, recipients map[string]roster.Subscriber, sent map[string][]byte) {
	c.w.Helper()
	fates := map[string]int64{}
	for i := range universe {
		person := preview.Person{As: c.spelled(i)}
		key := roster.Key(person.As)
		want, isRecipient := recipients[key]
		problem := preview.Check(c.world, c.facts, person)
		if !isRecipient {
			c.leftOut(person, problem, fates)
			if _, got := sent[key]; got {
				c.w.Errorf("%s isn't planned, and got a message", person.As)
			}
			continue
		}
		fates["recipients"]++
		got, _ := preview.Recipient(c.world, c.facts, person)
		if doubts := c.world.Select(c.facts).Doubts; problem != nil || len(doubts) > 0 {
			c.w.Errorf("%s gets the message, and the preview says %v, %q", person.As, problem, doubts)
		}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			c.w.Errorf("planned is %+v, and the preview has %+v", want, got)
		}
		c.message(got, sent[key])
	}
	for name, want := range map[string]int64{
		"recipients": planned.Recipients, "excluded": planned.Excluded, "not selected": planned.NotSelected, "undecided": planned.Undecided,
	} {
		if fates[name] != want {
			c.w.Errorf("%d are %s, and by the preview %d", want, name, fates[name])
		}
	}
	for _, s := range planned.Suppressed {
		if fates["suppressed "+string(s.Reason)] != s.Subscribers {
			c.w.Errorf("%d are suppressed for %s, by the preview %v", s.Subscribers, s.Reason, fates)
		}
	}
}

// leftOut counts why somebody gets nothing, by the preview.
func (c *comparison) leftOut(person preview.Person, problem *preview.Problem, fates map[string]int64) {
	c.w.Helper()
	answer, err := c.world.Select(c.facts).Ask(person.As, nil)
	if err != nil {
		c.w.Fatal(err)
	}
	if !answer.Listed {
		if problem != nil {
			c.w.Errorf("%s is in no set, and the preview says %v", person.As, problem)
		}
		return
	}
	c.sum.out++
	if problem == nil {
		c.w.Errorf("%s gets nothing, and the preview has nothing against it (%+v)", person.As, answer)
	}
	switch answer.Fate {
	case audience.Excluded:
		fates["excluded"]++
	case audience.NotSelected:
		fates["not selected"]++
	case audience.Undecided:
		fates["undecided"]++
	case audience.Suppressed:
		fates["suppressed "+string(answer.Reason)]++
	}
}

// message holds the message of the preview against the one that was sent.
func (c *comparison) message(to roster.Subscriber, sent []byte) {
	c.w.Helper()
	made, err := preview.Make(c.facts, to, c.w.Clock.Now())
	var problem *preview.Problem
	switch {
	case errors.As(err, &problem) && problem.Reason == "":
		c.sum.refused++
		if sent != nil {
			c.w.Errorf("%s got a message, and the preview says %v", to.Email, problem)
		}
	case err != nil:
		c.w.Errorf("%s: %v", to.Email, err)
	case sent == nil:
		c.w.Errorf("%s got nothing, and the preview has\n%s", to.Email, made.Data)
	default:
		c.sum.messages++
		if got, want := essential(made.Data), essential(sent); got != want {
			c.w.Errorf("sent to %s is\n%s\nand the preview has\n%s", to.Email, want, got)
		}
	}
}

// live holds the preview from the cluster against that of the files.
func (c *comparison) live() {
	c.w.Helper()
	world, b, err := live.Broadcast(c.w.Context(), api, apitest.OperatorNamespace, c.w.NS, c.b.Name)
	if err != nil {
		c.w.Fatal(err)
	}
	world.Now = c.w.Clock.Now()
	facts, _ := world.Facts(b)
	here, there := c.world.Select(c.facts), world.Select(facts)
	if there.Verdict() != nil {
		c.w.Errorf("from the cluster: %+v", there.Verdict())
	}
	if len(there.Doubts)+len(there.Partly) > 0 {
		return // a Secret can't be read
	}
	for i := range universe {
		a, errHere := here.Ask(universe[i][0], nil)
		b, errThere := there.Ask(universe[i][0], nil)
		if errHere != nil || errThere != nil || fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
			c.w.Errorf("from files %+v, from the cluster %+v", a, b)
		}
	}
}

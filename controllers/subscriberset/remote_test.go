package subscriberset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/kinds"
	"crier.dev/crier/internal/testing/apitest"
)

// remoteServer is a remote source that the test changes.
type remoteServer struct {
	people    []roster.Subscriber
	err       error
	unchanged bool
	mark      source.Mark
	secret    string // is read if it isn't empty
	reads     int
	stopped   bool
	asked     source.Mark
}

func (f *remoteServer) Read(ctx context.Context, from source.Host, last source.Mark, sink source.Sink) (source.Mark, error) {
	f.reads++
	f.asked = last
	if f.secret != "" {
		if _, _, err := from.Secret(ctx, f.secret, crier.UseSource); err != nil {
			return "", err
		}
	}
	if f.unchanged && last != "" {
		return last, source.ErrUnchanged
	}
	for i, s := range f.people {
		sink.Subscriber("fake", i+1, s)
		if f.stopped = ctx.Err() != nil; f.stopped {
			return "", ctx.Err()
		}
	}
	return f.mark, f.err // whatever was given, an error makes it void
}

func (f *remoteServer) Uses() []source.Object {
	if f.secret == "" {
		return nil
	}
	return []source.Object{{Kind: "Secret", Name: f.secret}}
}

func (*remoteServer) Remote() bool { return true }

func (*remoteServer) Attributes() (names []string, all bool) { return nil, false }

// crowd is people with the numbers from first to last.
func crowd(first, last int) []roster.Subscriber {
	var out []roster.Subscriber
	for i := first; i <= last; i++ {
		out = append(out, roster.Subscriber{Email: fmt.Sprintf("p%04d@example.gov", i)})
	}
	return out
}

// remote makes a world whose set staff is read from that server.
func remote(t *testing.T, f *remoteServer, change func(*crier.SubscriberSetSpec)) *world {
	t.Helper()
	w := newWorld(t)
	w.serve(f)
	set := &crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{HTTPS: &crier.HTTPSSource{URL: "https://people.example.org/staff"}}},
	}
	if change != nil {
		change(&set.Spec)
	}
	w.Create(set)
	return w
}

// serve is a manager that remembers nothing, with that server.
func (w *world) serve(f *remoteServer) {
	w.r = &Reconciler{
		Client: server.Client, Reader: server.Client, Namespace: apitest.OperatorNamespace,
		Clock: w.Clock, Recorder: &events.FakeRecorder{Events: w.Events},
		Sources: func(spec crier.SubscriberSource) source.Source {
			if spec.HTTPS != nil {
				return f
			}
			return kinds.New(spec)
		},
	}
}

func (w *world) pass(d time.Duration) { w.Clock.SetTime(w.Clock.Now().Add(d)) }

// steady steps until nothing is to be done at once, and lets no address out.
func (w *world) steady() (*crier.SubscriberSet, ctrl.Result) {
	w.Helper()
	for range 5 {
		set, result := w.step("staff")
		w.silent(set)
		if result.RequeueAfter != time.Millisecond {
			return set, result
		}
	}
	w.Fatal("it doesn't come to rest")
	return nil, ctrl.Result{}
}

// silent demands that the status names nobody.
func (w *world) silent(set *crier.SubscriberSet) {
	w.Helper()
	text, err := json.Marshal(set.Status)
	if err != nil || strings.Contains(string(text), "example.gov") {
		w.Errorf("the status names somebody: %s, %v", text, err)
	}
}

// events are those since the last call. None names anybody.
func (w *world) events() (out []string) {
	w.Helper()
	for {
		select {
		case e := <-w.Events:
			if strings.Contains(e, "example.gov") {
				w.Errorf("the event %q names somebody", e)
			}
			out = append(out, e)
		default:
			return out
		}
	}
}

func (w *world) oneEvent(begins string) {
	w.Helper()
	if got := w.events(); len(got) != 1 || !strings.HasPrefix(got[0], begins) {
		w.Errorf("events %q, want one that begins with %q", got, begins)
	}
}

func (w *world) synced(set *crier.SubscriberSet, status metav1.ConditionStatus, reason, message string) {
	w.Helper()
	c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionSynced)
	if c == nil || c.Status != status || c.Reason != reason || !strings.Contains(c.Message, message) {
		w.Fatalf("Synced is %+v, want %s, %s with %q", c, status, reason, message)
	}
}

// edit changes the set staff.
func (w *world) edit(change func(*crier.SubscriberSet)) {
	w.Helper()
	set := &crier.SubscriberSet{}
	if err := server.Client.Get(w.Context(), client.ObjectKey{Namespace: w.NS, Name: "staff"}, set); err != nil {
		w.Fatal(err)
	}
	change(set)
	w.Update(set)
}

func (w *world) wipe() {
	w.Helper()
	set := &crier.SubscriberSet{}
	if err := server.Client.Get(w.Context(), client.ObjectKey{Namespace: w.NS, Name: "staff"}, set); err != nil {
		w.Fatal(err)
	}
	set.Status = crier.SubscriberSetStatus{}
	if err := server.Client.Status().Update(w.Context(), set); err != nil {
		w.Fatal(err)
	}
}

// people demands that many in the roster in use, and that all can be read.
func (w *world) people(set *crier.SubscriberSet, want int) {
	w.Helper()
	got, err := load(w.Context(), server.Client, apitest.OperatorNamespace, set)
	if err != nil || len(got) != want || set.Status.Subscribers != int64(want) {
		w.Fatalf("%d in the roster, status says %d, want %d; %v", len(got), set.Status.Subscribers, want, err)
	}
}

func down(message string) error { return source.Say(source.Unavailable, "%s", message) }

// A remote source is read after its interval: not sooner for a pass that
// something else caused, nor for a manager that was just started.
func TestRefresh(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3), mark: "v1"}
	w := remote(t, f, nil)
	set, _ := w.step("staff")
	w.Expect(set, crier.ReasonSyncPending, "for the first time")
	set, result := w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	w.synced(set, "True", crier.ReasonSynced, "")
	w.people(set, 3)
	if s := set.Status.Sync; s == nil || !s.At.Time.Equal(w.Clock.Now()) || s.Added != 3 || s.Removed != 0 || s.ChangedAt == nil || s.Mark != "v1" {
		t.Errorf("sync %+v", s)
	}
	if result.RequeueAfter != keepPrevious {
		t.Errorf("again after %s", result.RequeueAfter)
	}
	w.oneEvent("Normal Ready")

	w.pass(50 * time.Minute)
	before := set.ResourceVersion
	w.serve(f)
	set, result = w.steady()
	if f.reads != 1 || set.ResourceVersion != before {
		t.Errorf("%d reads, status written: %t", f.reads, set.ResourceVersion != before)
	}
	if every := interval(set); result.RequeueAfter != every-50*time.Minute || every < 54*time.Minute || every > 66*time.Minute {
		t.Errorf("again after %s of %s", result.RequeueAfter, every)
	}
	w.pass(result.RequeueAfter)
	f.people = crowd(2, 5)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "4 subscribers.")
	w.people(set, 4)
	if s := set.Status.Sync; f.reads != 2 || s.Added != 2 || s.Removed != 1 || f.asked != "v1" {
		t.Errorf("%d reads, asked with %q, sync %+v", f.reads, f.asked, s)
	}
	if told := w.events(); len(told) != 0 {
		t.Errorf("events %q", told)
	}
}

func TestUnchanged(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3), mark: "v1", unchanged: true}
	w := remote(t, f, nil)
	first, _ := w.steady()
	w.pass(2 * time.Hour)
	set, _ := w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	if s := set.Status; f.reads != 2 || !s.Sync.At.Time.Equal(w.Clock.Now()) || s.Sync.Added != 3 || s.Roster.Digest != first.Status.Roster.Digest {
		t.Errorf("%d reads, sync %+v", f.reads, s.Sync)
	}
	// With another spec, or without its roster, the whole is wanted.
	w.edit(func(s *crier.SubscriberSet) { s.Spec.Source.HTTPS.Delimiter = ";" })
	if w.steady(); f.reads != 3 || f.asked != "" {
		t.Errorf("%d reads, asked with %q", f.reads, f.asked)
	}
	part := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: apitest.OperatorNamespace, Name: w.parts()[0]}}
	w.Delete(part)
	set, _ = w.steady()
	if w.people(set, 3); f.reads != 4 || f.asked != "" {
		t.Errorf("%d reads, asked with %q", f.reads, f.asked)
	}
}

func TestSourceIsDown(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3)}
	w := remote(t, f, nil)
	w.steady()
	w.events()
	f.err, f.people = down("Nobody answers."), crowd(1, 1)
	w.pass(2 * time.Hour)
	since := w.Clock.Now()
	for i, minutes := range []int{1, 2, 4, 8, 16, 32} {
		want := time.Duration(minutes) * time.Minute
		set, result := w.steady()
		w.Expect(set, crier.ReasonReady, "3 subscribers as of 2026-03-02 09:00:00 UTC; the source has been unreadable since 2026-03-02 11:00:00 UTC: Nobody answers.")
		w.synced(set, "False", crier.ReasonSourceUnavailable, "The roster in use is from 2026-03-02 09:00:00 UTC")
		w.people(set, 3)
		if !gather.SetReady(set) || result.RequeueAfter != want || set.Status.Attempt.Failures != int32(i)+1 || !set.Status.Attempt.Since.Time.Equal(since) {
			t.Fatalf("after failure %d again after %s, attempt %+v", i+1, result.RequeueAfter, set.Status.Attempt)
		}
		w.pass(result.RequeueAfter)
	}
	w.oneEvent("Warning SourceUnavailable Nobody answers.")
	if set, result := w.steady(); result.RequeueAfter != min(64*time.Minute, interval(set)) {
		t.Errorf("at last again after %s", result.RequeueAfter)
	}
	// A new manager keeps to it, and knows as much.
	w.serve(f)
	reads := f.reads
	set, result := w.steady()
	if w.Expect(set, crier.ReasonReady, "Nobody answers."); f.reads != reads {
		t.Error("it was read by a new manager")
	}
	w.pass(result.RequeueAfter)
	f.err, f.people = nil, crowd(1, 3)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	w.synced(set, "True", crier.ReasonSynced, "")
	if set.Status.Attempt != nil || !set.Status.Sync.At.Time.Equal(w.Clock.Now()) {
		t.Errorf("status %+v", set.Status)
	}
	w.oneEvent("Normal Synced")
}

func TestServerAsksForPatience(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3)}
	w := remote(t, f, nil)
	w.steady()
	w.pass(2 * time.Hour)
	f.err = &source.Problem{Kind: source.Unavailable, Message: "Later.", RetryAfter: 25 * time.Minute}
	if _, result := w.steady(); result.RequeueAfter != 25*time.Minute {
		t.Errorf("again after %s", result.RequeueAfter)
	}
	w.pass(25 * time.Minute)
	f.err = &source.Problem{Kind: source.Unavailable, Message: "Much later.", RetryAfter: 240 * time.Hour}
	if set, result := w.steady(); result.RequeueAfter != interval(set) {
		t.Errorf("again after %s", result.RequeueAfter)
	}
}

func TestMaxAge(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3)}
	w := remote(t, f, func(s *crier.SubscriberSetSpec) {
		s.Guard = &crier.SubscriberGuard{MaxAge: &metav1.Duration{Duration: 150 * time.Minute}}
	})
	w.steady()
	w.events()
	f.err = down("Nobody answers.")
	w.pass(2 * time.Hour)
	set, _ := w.steady()
	w.Expect(set, crier.ReasonReady, "")
	for range 6 {
		_, result := w.steady()
		w.pass(result.RequeueAfter)
	}
	w.events()
	w.pass(30 * time.Minute)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonRosterTooOld, "older than guard.maxAge (2h30m0s) allows. Nobody answers.")
	w.synced(set, "False", crier.ReasonSourceUnavailable, "")
	if gather.SetReady(set) || !meta.IsStatusConditionTrue(set.Status.Conditions, crier.ConditionReconciling) {
		t.Error("ready with a roster that is too old")
	}
	w.people(set, 3)
	f.err = nil
	w.pass(2 * time.Hour)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
}

// A pass comes when the roster becomes too old, and tells of it once.
func TestMaxAgeInTime(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3)}
	w := remote(t, f, func(s *crier.SubscriberSetSpec) {
		s.RefreshInterval = &metav1.Duration{Duration: 100 * time.Hour}
		s.Guard = &crier.SubscriberGuard{MaxAge: &metav1.Duration{Duration: 120 * time.Hour}}
	})
	w.steady()
	w.pass(115 * time.Hour)
	f.err = source.Say(source.Refused, "The password is wrong.")
	set, result := w.steady()
	if w.Expect(set, crier.ReasonReady, ""); result.RequeueAfter != 5*time.Hour {
		t.Errorf("again after %s", result.RequeueAfter)
	}
	w.events()
	w.pass(result.RequeueAfter)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonRosterTooOld, "The password is wrong.")
	w.oneEvent("Warning RosterTooOld")
	if f.reads != 2 {
		t.Errorf("%d reads", f.reads)
	}
}

// A wrong password is tried once an interval, or when the Secret changes.
func TestRefusedIsNotTriedAgain(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3), secret: "login"}
	w := remote(t, f, nil)
	set, _ := w.steady()
	w.Expect(set, crier.ReasonSourceNotFound, "create it with the label crier.dev/use=source")
	login := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "login"}, StringData: map[string]string{"password": "1"}}
	w.Create(login)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonSecretNotLabeled, "kubectl label secret login -n "+w.NS+" crier.dev/use=source")
	change := func(change func()) {
		t.Helper()
		change()
		w.Update(login)
	}
	change(func() { login.Labels = map[string]string{crier.LabelUse: crier.UseSource} })
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")

	f.err = source.Say(source.Refused, "The password is wrong.")
	change(func() { login.Data["password"] = []byte("2") })
	set, result := w.steady()
	w.Expect(set, crier.ReasonReady, "The password is wrong.")
	w.synced(set, "False", crier.ReasonSourceRefused, "")
	reads := f.reads
	if result.RequeueAfter > 10*time.Minute {
		t.Errorf("again after %s: the roster before isn't tidied", result.RequeueAfter)
	}
	for range 3 {
		w.pass(interval(set) / 4)
		w.serve(f)
		w.steady()
	}
	if f.reads != reads {
		t.Errorf("tried %d times more", f.reads-reads)
	}
	w.pass(interval(set) / 4)
	w.pass(time.Second)
	if w.steady(); f.reads != reads+1 {
		t.Errorf("tried %d times more after an interval", f.reads-reads)
	}
	f.err = nil
	change(func() { login.Data["password"] = []byte("3") })
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	w.synced(set, "True", crier.ReasonSynced, "")
}

func TestFirstReadFails(t *testing.T) {
	for _, c := range []struct {
		err     error
		reason  string
		stalled bool
		again   time.Duration
	}{
		{source.Say(source.Unavailable, "x"), crier.ReasonSourceUnavailable, false, time.Minute},
		{source.Say(source.Refused, "x"), crier.ReasonSourceRefused, false, lookAgain},
		{source.Say(source.Missing, "x"), crier.ReasonSourceNotFound, false, lookAgain},
		{source.Say(source.Invalid, "x"), crier.ReasonInvalidSource, true, 0},
		{source.Say(source.Unlabeled, "x"), crier.ReasonSecretNotLabeled, true, 0},
		{source.Say(source.NotAllowed, "x"), crier.ReasonAddressNotAllowed, true, 0},
		{source.Say(source.TooLarge, "x"), crier.ReasonSourceTooLarge, true, 0},
		{source.Say(source.Unreadable, "x"), crier.ReasonSourceUnreadable, true, 0},
		{errors.New("p0001@example.gov"), crier.ReasonInternal, false, time.Minute},
	} {
		f := &remoteServer{people: crowd(1, 3), err: c.err}
		w := remote(t, f, nil)
		set, result := w.steady()
		w.Expect(set, c.reason, "")
		w.synced(set, "False", c.reason, "")
		if got := meta.IsStatusConditionTrue(set.Status.Conditions, crier.ConditionStalled); got != c.stalled || gather.SetReady(set) || set.Status.Roster != nil {
			t.Errorf("%v: stalled %t, roster %+v", c.err, got, set.Status.Roster)
		}
		want := c.again
		if want == 0 {
			want = interval(set)
		}
		if result.RequeueAfter != want {
			t.Errorf("%v: again after %s", c.err, result.RequeueAfter)
		}
		f.err = nil
		w.pass(interval(set))
		set, _ = w.steady()
		w.Expect(set, crier.ReasonReady, "3 subscribers.")
	}
}

// A source that gives more than a set may have is stopped, and what it gave
// isn't used.
func TestTooMany(t *testing.T) {
	for _, most := range []int{10, 60} { // more than twice as many stop the read
		f := &remoteServer{people: crowd(1, 100)}
		w := remote(t, f, nil)
		w.r.limits = roster.Limits{Rows: most}
		set, _ := w.steady()
		w.Expect(set, crier.ReasonSourceTooLarge, "split it")
		if set.Status.Roster != nil || f.stopped != (most == 10) {
			t.Errorf("%d: stopped %t, roster %+v", most, f.stopped, set.Status.Roster)
		}
	}
}

// An edit of the source asks for its roster; an edit of anything else doesn't.
func TestEditWhileTheSourceIsDown(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3)}
	w := remote(t, f, nil)
	w.steady()
	f.err = down("Nobody answers.")
	w.edit(func(s *crier.SubscriberSet) { s.Spec.RefreshInterval = &metav1.Duration{Duration: 10 * time.Minute} })
	if set, _ := w.steady(); !gather.SetReady(set) || f.reads != 1 {
		t.Errorf("after another interval: %d reads, %+v", f.reads, set.Status.Conditions)
	}
	w.pass(time.Hour)
	w.steady()
	w.edit(func(s *crier.SubscriberSet) { s.Spec.Guard = &crier.SubscriberGuard{} })
	if set, _ := w.steady(); !gather.SetReady(set) {
		t.Errorf("after another guard: %+v", set.Status.Conditions)
	}
	w.edit(func(s *crier.SubscriberSet) { s.Spec.Source.HTTPS.URL += "/2" })
	set, _ := w.steady()
	w.Expect(set, crier.ReasonSourceUnavailable, "Nobody answers.")
	if gather.SetReady(set) {
		t.Error("ready with the roster of another source")
	}
	w.people(set, 3)
	f.err = nil
	w.pass(10 * time.Minute)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
}

func TestReadsAreBounded(t *testing.T) {
	f := &remoteServer{people: crowd(1, 3)}
	w := remote(t, f, nil)
	a, b := w.r.slots.takeRemote("x"), w.r.slots.takeRemote("y")
	if w.r.slots.takeRemote("x") != nil || w.r.slots.takeRemote("z") != nil {
		t.Error("more reads than there are places")
	}
	w.steady()
	set, result := w.steady()
	w.Expect(set, crier.ReasonSyncPending, "")
	if f.reads != 0 || result.RequeueAfter != slotRetry {
		t.Errorf("%d reads, again after %s", f.reads, result.RequeueAfter)
	}
	a()
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	b()
	if w.r.slots.takeRemote("x") == nil || w.r.slots.takeRemote("x") != nil || w.r.slots.takeRemote("y") == nil {
		t.Error("a place was not given back, or one namespace has all of them")
	}
}

func TestTypesAndRejectedRows(t *testing.T) {
	f := &remoteServer{people: []roster.Subscriber{
		{Email: "a@example.gov", Attributes: map[string]string{"floor": "3"}},
		{Email: "b@example.gov", Attributes: map[string]string{"floor": "third@example.gov"}},
		{Email: "c@example.gov", Attributes: map[string]string{"floor": "4th"}},
		{Email: "nobody.example.gov"},
	}}
	w := remote(t, f, func(s *crier.SubscriberSetSpec) {
		s.Attributes = map[string]crier.AttributeDeclaration{"floor": {Type: crier.AttributeInteger}}
	})
	set, _ := w.steady()
	w.Expect(set, crier.ReasonReady, "1 subscriber, 3 rejected rows.")
	s := set.Status
	if len(s.RejectedRows) != 3 || s.RejectedRows[0].Line != 2 || s.RejectedRows[0].Reason != "Attribute floor: expected a whole number, such as 12." {
		t.Errorf("rejected rows %+v", s.RejectedRows)
	}
	if len(s.RejectedByReason) != 2 || s.RejectedByReason[0].Rows != 2 || s.RejectedByReason[1].Rows != 1 {
		t.Errorf("by reason %+v", s.RejectedByReason)
	}
	w.edit(func(s *crier.SubscriberSet) { s.Spec.RejectedRows = crier.RejectedRowsHide })
	f.err = down("Nobody answers.")
	if set, _ = w.steady(); len(set.Status.RejectedRows) != 0 || len(set.Status.RejectedByReason) != 2 || set.Status.Rejected != 3 {
		t.Errorf("hidden, and down: %+v", set.Status)
	}
	f.err = nil
	w.pass(time.Minute)
	if set, _ = w.steady(); len(set.Status.RejectedRows) != 0 || len(set.Status.RejectedByReason) != 2 || set.Status.Attempt != nil {
		t.Errorf("hidden: %+v", set.Status)
	}
	w.edit(func(s *crier.SubscriberSet) { s.Spec.RejectedRows = crier.RejectedRowsShow })
	if set, _ = w.steady(); len(set.Status.RejectedRows) != 3 {
		t.Errorf("shown again: %+v", set.Status)
	}
	w.edit(func(s *crier.SubscriberSet) {
		s.Spec.Attributes = map[string]crier.AttributeDeclaration{"floor": {Type: crier.AttributeString}}
	})
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers, 1 rejected row.")
}

// Sets don't all ask at once, and each always at the same time.
func TestIntervals(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 100 {
		set := &crier.SubscriberSet{}
		set.UID = types.UID(fmt.Sprintf("uid-%d", i))
		every := interval(set)
		if every < 54*time.Minute || every > 66*time.Minute || every != interval(set) {
			t.Fatalf("every %s", every)
		}
		seen[every] = true
	}
	if len(seen) < 80 {
		t.Errorf("only %d different ones", len(seen))
	}
}

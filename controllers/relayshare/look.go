package relayshare

import (
	"context"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/smtp/outcome"
)

// What senders report that stops all of them.
const (
	causeQuota = string(outcome.CauseQuota)
	causeLogin = string(outcome.CauseAuthenticationFailed)
)

// findRecords finds what is being sent through the Relay, its pods, and what
// the Relay allows. A cache will do: however old it is, no more is granted
// than the book has left.
func (s *scope) findRecords(ctx context.Context) error {
	relay := &crier.Relay{}
	err := intact.Client(s.Client).Get(ctx, client.ObjectKey{Namespace: s.relay.Namespace, Name: s.relay.Name}, relay)
	if apierrors.IsNotFound(err) {
		s.gone = true // nobody may use it
		return nil
	}
	if readable.Is(err) {
		return nil // nobody may use it, until it is known what it allows
	}
	if err != nil {
		return err
	}
	s.limits = sharebook.Limits(relay)
	gap, err := s.Heart.Gap(ctx)
	if err != nil {
		return err
	}
	list := &crier.DeliveryRecordList{}
	sending := client.MatchingFields{IndexSending: s.relay.Namespace + "/" + s.relay.Name}
	if err := s.Client.List(ctx, list, client.UnsafeDisableDeepCopy, sending); err != nil {
		return err
	}
	for i := range list.Items {
		if readable.Check(&list.Items[i]) != nil {
			continue // what it has been given runs out
		}
		if state := &list.Items[i].State; running(state, s.relay) {
			held, err := s.held(ctx, gap, &list.Items[i])
			if err != nil {
				return err
			}
			if held {
				continue // likewise
			}
			record := s.describe(&list.Items[i])
			s.records, s.names[record.Board] = append(s.records, record), list.Items[i].Name
			if state.Trouble != nil {
				s.trouble = append(s.trouble, state.Trouble)
			}
		}
	}
	if len(s.records) == 0 {
		return nil
	}
	return s.findPods(ctx)
}

// held says whether the message of a record may have been sent without the
// ledger knowing of it.
func (s *scope) held(ctx context.Context, gap *heartbeat.Gap, record *crier.DeliveryRecord) (bool, error) {
	if gap == nil || record.Spec.Purpose == crier.RecordTest {
		return gap != nil, nil
	}
	broadcast := &crier.Broadcast{}
	// The cache has no more of it than what wakes and finds it.
	err := intact.Reader(s.Reader).Get(ctx, client.ObjectKey{Namespace: record.Spec.Namespace, Name: record.Spec.Broadcast}, broadcast)
	if apierrors.IsNotFound(err) || readable.Is(err) {
		return true, nil
	}
	return gap.Holds(broadcast, &record.State), err
}

// IndexSending is the field index of records that are sent, by their Relay.
const IndexSending = "sending"

// BySending is the function of IndexSending.
func BySending(obj client.Object) []string {
	record, ok := obj.(*crier.DeliveryRecord)
	if !ok || record.State.Stage != crier.RecordFrozen || record.State.Route == nil {
		return nil
	}
	return []string{record.State.Route.Relay.Namespace + "/" + record.State.Route.Relay.Name}
}

// running says whether pods of a record may send through the Relay now.
func running(state *crier.DeliveryRecordState, relay crier.NamespacedReference) bool {
	pass := state.Pass
	return state.Stage == crier.RecordFrozen && state.Frozen != nil && state.Stop == nil &&
		pass != nil && pass.Created && pass.EndedAt == nil &&
		state.Route != nil && state.Route.Relay == relay
}

func (s *scope) describe(record *crier.DeliveryRecord) share.Record {
	state := &record.State
	return share.Record{
		Board:  names.HandoutSecretName(record.Name, state.Frozen.Attempt),
		Urgent: s.limits.Urgent && state.Priority == crier.PriorityUrgent,
		Left:   lifecycle.Todo(lifecycle.Reachable(state), state.Pass.Selects),
		PerPod: int(state.Pass.Connections),
		Canary: !lifecycle.Answered(state.Totals),
	}
}

// findPods finds the pods of all records. One that has ended needs nothing
// any more, and one that is leaving only what it has.
func (s *scope) findPods(ctx context.Context) error {
	list := &corev1.PodList{}
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace),
		client.MatchingLabels{crier.LabelComponent: crier.ComponentSender},
		&client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: "0"}})
	if err != nil {
		return err
	}
	slices.SortFunc(list.Items, byWorker)
	for i := range list.Items {
		s.sort(&list.Items[i])
	}
	return nil
}

// sort puts a pod where it belongs.
func (s *scope) sort(pod *corev1.Pod) {
	uid := string(pod.UID)
	if sharebook.Ended(pod) {
		s.ended[uid] = true
		return
	}
	board := names.HandoutSecretName(pod.Labels[crier.LabelRecord], pod.Labels[crier.LabelAttempt])
	at := slices.IndexFunc(s.records, func(r share.Record) bool { return r.Board == board })
	if at < 0 || !ready(pod) {
		return
	}
	record := &s.records[at]
	switch {
	case pod.DeletionTimestamp == nil:
		record.Pods = append(record.Pods, uid)
	case s.now.Before(pod.DeletionTimestamp.Time):
		record.Leaving = append(record.Leaving, uid)
	}
}

// ready says whether the container runs on a node that is heard of.
func ready(pod *corev1.Pod) bool {
	if pod.Status.Phase != corev1.PodRunning {
		return false
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue || pod.DeletionTimestamp != nil
		}
	}
	return true
}

// byWorker sorts pods by which sender of the pass they are.
func byWorker(a, b corev1.Pod) int {
	if d := worker(&a) - worker(&b); d != 0 {
		return d
	}
	return strings.Compare(a.Name, b.Name)
}

func worker(pod *corev1.Pod) int {
	n, _ := strconv.Atoi(pod.Labels[crier.LabelWorker]) // Crier's; one that the release before started has none
	return n
}

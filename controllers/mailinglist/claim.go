package mailinglist

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/writing/listid"
)

// untilFree is when a list looks again whether its address is free, should it
// miss that: the list that has it and its grant may go at the same moment.
const untilFree = 5 * time.Minute

// claim makes sure that the List-Id, and so the address, is the list's own: it
// belongs to the oldest list of the cluster that wants it and may have it.
// What no grant covers claims nothing.
func (s *scope) claim(ctx context.Context) (*reconcile.Verdict, error) {
	id, err := listid.Of(string(s.list.Spec.Address))
	if err != nil {
		return nil, err
	}
	var rivals crier.MailingListList
	if err := s.Client.List(ctx, &rivals, client.MatchingFields{IndexListID: id}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	var owner *crier.MailingList
	for i := range rivals.Items {
		rival := &rivals.Items[i]
		if !older(rival, s.list) || owner != nil && older(owner, rival) {
			continue
		}
		valid, err := s.entitled(ctx, rival)
		if err != nil {
			return nil, err
		}
		if valid {
			owner = rival
		}
	}
	if owner == nil {
		return nil, nil
	}
	s.tell(ctx, owner)
	v := taken(s.list, owner).After(untilFree)
	return &v, nil
}

// entitled says whether a list may have its address, as the grants stand. One
// whose Relay or namespace can't be looked at isn't.
func (r *Reconciler) entitled(ctx context.Context, list *crier.MailingList) (bool, error) {
	_, ruling, err := gather.Route(ctx, r.Client, list)
	return ruling.Valid(), client.IgnoreNotFound(readable.Ignore(err))
}

// tell names the list that has the address to whoever runs the Relay, since the
// other namespace isn't told: by an event, once, and in the log. A Relay in the
// list's own namespace is no secret from it.
func (s *scope) tell(ctx context.Context, owner *crier.MailingList) {
	before := meta.FindStatusCondition(s.previous.Conditions, crier.ConditionStalled)
	if before != nil && before.Reason == crier.ReasonAddressTaken || owner.Namespace == s.list.Namespace {
		return
	}
	log.FromContext(ctx).Info("the address of this list belongs to an older list", "ownerNamespace", owner.Namespace, "ownerName", owner.Name)
	if s.relay.Namespace == s.list.Namespace {
		return
	}
	s.Recorder.Eventf(s.relay, nil, "Warning", crier.ReasonAddressTaken, "Claim",
		"MailingList %s/%s can't have its address, which belongs to the older MailingList %s/%s.",
		s.list.Namespace, s.list.Name, owner.Namespace, owner.Name)
}

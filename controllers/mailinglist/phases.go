package mailinglist

import (
	"context"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	people "crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
)

// check looks at the list alone.
func (s *scope) check(context.Context) (*reconcile.Verdict, error) {
	s.list.Status.ListID = ""
	if v := validate(s.list.Spec); v != nil {
		return v, nil
	}
	s.list.Status.ListID = header(s.list.Spec)
	return nil, nil
}

// gather counts whom the list reaches, whatever else keeps it from being
// ready.
func (s *scope) gather(ctx context.Context) (*reconcile.Verdict, error) {
	var err error
	if s.members, err = gather.Sets(ctx, s.Client, s.list); err != nil {
		return nil, err
	}
	if s.excluded, err = gather.Excluded(ctx, s.Client, s.list.Namespace, s.list.Spec.Audience.Exclude); err != nil {
		return nil, err
	}
	s.list.Status.SubscriberSets = int32(len(s.members.Sets) + len(s.members.Missing))
	s.list.Status.Subscribers = total(s.members.Sets)
	return nil, nil
}

// route finds the Relay, and whether its grants let the author send, and the
// list have its address.
func (s *scope) route(ctx context.Context) (*reconcile.Verdict, error) {
	relay, ruling, err := gather.Route(ctx, s.Client, s.list)
	switch {
	case err != nil:
		return nil, err
	case relay == nil:
		return notAllowed(s.list), nil
	case !ruling.Valid():
		return stalled(crier.ReasonListAddressNotAllowed, "%s", ruling.Problem(s.list)), nil
	}
	s.relay = relay
	return nil, nil
}

// connect waits for the Relay.
func (s *scope) connect(context.Context) (*reconcile.Verdict, error) {
	return relayReady(s.relay, s.list.Namespace), nil
}

// filter compiles the filter against the attributes that subscribers have. Of
// nobody, nothing can be said.
func (s *scope) filter(context.Context) (*reconcile.Verdict, error) {
	if total(s.members.Sets) == 0 {
		return nil, nil
	}
	if _, err := people.Filter(s.list.Spec.Audience.Filter, s.members.Sets); err != nil {
		return stalled(crier.ReasonInvalidFilter, "audience.filter, %s", err), nil
	}
	return nil, nil
}

// audience waits for the sets.
func (s *scope) audience(context.Context) (*reconcile.Verdict, error) {
	a := s.list.Spec.Audience
	v := audience(s.members)
	switch waits := waitFor(s.excluded); {
	case v.State != reconcile.Ready:
	case s.members.Nothing:
		v = *waiting(crier.ReasonSubscribersNotReady, "%s", people.SelectsNothing("audience.selector", a.Selector, false))
	case s.excluded.Nothing:
		v = *waiting(crier.ReasonSubscribersNotReady, "%s", people.SelectsNothing("audience.exclude.selector", a.Exclude.Selector, true))
	case waits != nil:
		v = *waits
	case a.Filter != "" || a.Exclude != nil:
		v.Message = strings.TrimSuffix(v.Message, ".") + ", before filter and exclusion."
	}
	if alike := roster.Alike(people.Attributes(s.members.Sets)); v.State == reconcile.Ready && alike != "" {
		v.Message += " " + alike
	}
	return &v, nil
}

package suppression

import (
	"context"
	"errors"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/roster"
	"crier.dev/crier/internal/suppression"
)

// entriesSource is what rows of spec.entries are said to come from.
const entriesSource = "entries"

// permit refuses what only the people who run Crier may declare.
func (s *scope) permit(context.Context) (*kstatus.Verdict, error) {
	if suppression.Allowed(s.object.Spec.Scope, s.object.Namespace, s.Namespace) {
		return nil, nil
	}
	s.object.Status.Addresses, s.object.Status.Rejected, s.object.Status.Roster = 0, 0, nil
	v := kstatus.IsStalled(crier.ReasonScopeNotAllowed,
		"Scope Global is only heeded in namespace %s, so nobody is suppressed by this. Use scope Namespace, List or Relay, or ask the people who run Crier.", s.Namespace)
	return &v, nil
}

// read collects the rows.
func (s *scope) read(ctx context.Context) (*kstatus.Verdict, error) {
	spec := s.object.Spec
	defaults := suppression.Defaults{Reason: spec.Reason}
	if spec.Expires != nil {
		defaults.Expires = spec.Expires.Time
	}
	s.rows = suppression.NewRows(defaults, s.now)
	c := roster.NewCollector(roster.Limits{})
	c.Divert(func(key string, row roster.Subscriber) string {
		refusal := s.rows.Take(key, row)
		if refusal == "" {
			s.taken++
		}
		return refusal
	})
	for i, e := range spec.Entries {
		c.AddSubscriber(entriesSource, i+1, entry(e))
	}
	if spec.CSV != nil {
		if verdict, err := s.readCSV(ctx, c, spec.CSV); verdict != nil || err != nil {
			return verdict, err
		}
	}
	var err error
	if s.result, err = c.Result(); err != nil {
		return nil, errSort
	}
	rows, err := s.rows.Sorted()
	if err != nil {
		return nil, errSort
	}
	if s.digest, s.count, err = roster.Digest(rows); err != nil {
		return nil, errSort
	}
	if s.result.LimitReached || s.count > maxAddresses {
		return tooMany(), nil
	}
	return nil, nil
}

// errSort stands for an error that could quote a row.
var errSort = errors.New("suppression: the rows can't be sorted")

// entry is an inline entry as a row.
func entry(e crier.SuppressionEntry) roster.Subscriber {
	row := roster.Subscriber{Email: string(e.Address), Attributes: map[string]string{}}
	if e.Reason != "" {
		row.Attributes[suppression.AttributeReason] = string(e.Reason)
	}
	if e.Since != nil {
		row.Attributes[suppression.AttributeSince] = e.Since.UTC().Format(time.RFC3339)
	}
	if e.Expires != nil {
		row.Attributes[suppression.AttributeExpires] = e.Expires.UTC().Format(time.RFC3339)
	}
	return row
}

// store writes the parts that aren't there yet.
func (s *scope) store(ctx context.Context) (*kstatus.Verdict, error) {
	rows, err := s.rows.Sorted()
	if err != nil {
		return nil, errSort
	}
	s.parts, err = s.rosters().Write(ctx, client.ObjectKeyFromObject(s.object), s.digest, rows)
	return nil, err
}

// conclude puts what was found into the status.
func (s *scope) conclude(ctx context.Context) (*kstatus.Verdict, error) {
	s.object.Status = s.status()
	missing := s.missing(ctx)
	v := s.summary(missing).After(s.lookAgain(missing != ""))
	return &v, nil
}

// tidy deletes what was stored before, but for a while what was there last. It
// runs after the status was written.
func (s *scope) tidy(ctx context.Context) error {
	of := client.ObjectKeyFromObject(s.object)
	status, before := s.object.Status.Roster, s.previous.Roster
	switch {
	case status == nil:
		return s.rosters().Tidy(ctx, of)
	case s.digest == "" || s.digest != status.Digest:
		return nil // it could not be read this time
	case s.untilTidy() <= 0:
		return s.rosters().Tidy(ctx, of, status.Digest)
	case before == nil || before.Digest == status.Digest:
		return nil // nothing else became old in this pass
	}
	return s.rosters().Tidy(ctx, of, status.Digest, before.Digest)
}

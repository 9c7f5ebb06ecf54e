package relayshare

import (
	"context"
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
)

// roundKey stands beside the rations: the round in which they were issued.
const roundKey = "round"

// observe finds out how far the boards are that may not show what was issued
// for them, and lets the book know. It says whether it had to look: then the
// next process should not have to.
func (s *scope) observe(ctx context.Context) (looked bool, err error) {
	unposted := s.sheet.Unposted()
	s.mu.Lock()
	known := maps.Clone(s.posted)
	s.mu.Unlock()
	for board, round := range unposted {
		if p, ok := known[board]; ok && p.Round >= round {
			continue
		}
		secret, err := s.board(ctx, board)
		if err != nil {
			return looked, err
		}
		s.knows(board, s.posting(secret))
		looked = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sheet.Observe(s.posted, s.ended, s.now)
	for board := range s.posted {
		if unposted[board] == 0 {
			delete(s.posted, board)
		}
	}
	return looked, nil
}

// posting is what a board shows. It was read after the book: of a board that
// is gone, nothing that was issued until then is posted any more.
func (s *scope) posting(secret *corev1.Secret) share.Posting {
	if secret == nil {
		return share.Posting{Round: s.sheet.Round}
	}
	round, _ := strconv.ParseInt(string(secret.Data[roundKey]), 10, 64) // none is 0
	return share.Posting{Round: round}
}

// knows remembers what is known of a board from now on.
func (s *scope) knows(board string, p share.Posting) {
	p.At = s.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.posted == nil {
		s.posted = map[string]share.Posting{}
	}
	s.posted[board] = p
}

// board reads the Secret that pods read; nil if there is none.
func (s *scope) board(ctx context.Context, name string) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	err := s.Reader.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return secret, err
}

// post writes the book and then what each board is to show. The boards are
// read before: whoever writes one after that keeps this from being posted,
// however late it comes.
func (s *scope) post(ctx context.Context, boards map[string]share.Rations) error {
	read := map[string]*corev1.Secret{}
	for _, name := range slices.Sorted(maps.Keys(boards)) {
		secret, err := s.board(ctx, name)
		if err != nil {
			return err
		}
		read[name] = secret
	}
	if err := s.store().Write(ctx, s.sheet); err != nil {
		return err
	}
	s.remember()
	for _, name := range slices.Sorted(maps.Keys(boards)) {
		if err := s.postOne(ctx, name, read[name], boards[name]); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) postOne(ctx context.Context, name string, secret *corev1.Secret, rations share.Rations) error {
	if secret == nil {
		s.knows(name, share.Posting{Round: s.sheet.Round})
		return nil
	}
	data, err := rations.Encode()
	if err != nil {
		return err
	}
	secret.Data[names.RationsKey] = data
	secret.Data[roundKey] = []byte(strconv.FormatInt(s.sheet.Round, 10))
	if err := s.Client.Update(ctx, secret); err != nil {
		return client.IgnoreNotFound(err)
	}
	s.knows(name, share.Posting{Round: s.sheet.Round})
	return nil
}

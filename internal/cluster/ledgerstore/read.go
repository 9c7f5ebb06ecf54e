package ledgerstore

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/message"
)

// reportKey is the key of the report plan beside the message.
const reportKey = "report"

// maxUnpacked bounds what is unpacked out of one Secret, in octets.
const maxUnpacked = 256 << 20

// ReportPlan is what a report needs that is not in the record: frozen with
// the message, so that a report can be made when the Broadcast and its list
// are gone.
type ReportPlan struct {
	// List and ListAddress are for people: of several lists all, with commas
	// between.
	List        string `json:"list"`
	ListAddress string `json:"listAddress"`
	// Lists are all of them; absent in what older releases froze, which went to
	// one.
	Lists        []ReportList `json:"lists,omitempty"`
	To           []string     `json:"to"`
	AfterSeconds int64        `json:"afterSeconds"`
	// Masked says that addresses are masked wherever more people than the
	// addressees of the mail can read them, MaskedMail that they are in the
	// mail as well.
	Masked     bool   `json:"masked,omitempty"`
	MaskedMail bool   `json:"maskedMail,omitempty"`
	Revision   string `json:"revision,omitempty"`
}

// ReportList is one of the lists that a Broadcast went to.
type ReportList struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Message reads the frozen message and the plan of its reports. A LostError says
// that they are gone, or can't be read.
func (s *Store) Message(ctx context.Context, record *crier.DeliveryRecord) (message.Frozen, ReportPlan, error) {
	var frozen message.Frozen
	var plan ReportPlan
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: s.Namespace, Name: names.MessageSecretName(record.Name, record.State.Frozen.Attempt)}
	err := s.Reader.Get(ctx, key, secret)
	if err != nil && !apierrors.IsNotFound(err) {
		return frozen, plan, err
	}
	if err == nil && errors.Join(unpack(secret.Data[names.MessageKey], &frozen), unpack(secret.Data[reportKey], &plan)) != nil {
		err = errors.New("it is damaged") // the decoder's words could quote what it read
	}
	if err != nil {
		return frozen, plan, &LostError{What: "the frozen message", Err: err}
	}
	return frozen, plan, nil
}

// Delivery is one recipient and what became of it.
type Delivery struct {
	Shard *crier.DeliveryShard
	// Lost says that the address is gone: Subscriber is empty.
	Lost       bool
	Subscriber roster.Subscriber
	State      crier.DeliveryState
	Exception  *crier.ShardException
	Reply      *crier.ShardReply // its words as they were kept, see redact
}

// Recipients reads the recipients of a shard in their order. A LostError says
// that they are gone, or aren't those that the shard accounts for.
func (s *Store) Recipients(ctx context.Context, shard *crier.DeliveryShard) ([]roster.Subscriber, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: s.Namespace, Name: shard.Spec.Secret}
	if err := s.Reader.Get(ctx, key, secret); apierrors.IsNotFound(err) {
		return nil, &LostError{What: "the part of the recipients in " + shard.Name, Err: err}
	} else if err != nil {
		return nil, err
	}
	recipients, err := roster.DecodeAll(secret.Data[names.RecipientsKey])
	if err == nil && len(recipients) != int(shard.Spec.Recipients) {
		err = fmt.Errorf("shard %s has %s, its Secret %s", shard.Name, words.Count(shard.Spec.Recipients, "recipient"), words.Number(len(recipients)))
	}
	if err != nil {
		return nil, &LostError{What: "the part of the recipients in " + shard.Name, Err: err}
	}
	return recipients, nil
}

// Each gives the recipients of the record to yield, shard by shard in order,
// until yield returns false. Of shards that want doesn't ask for, nobody is
// given, and the recipients are not even read; it sees every shard that is
// there. Those whose addresses are gone are given without. What is held at a time is one shard.
func (s *Store) Each(ctx context.Context, record *crier.DeliveryRecord, want func(*crier.DeliveryShard) bool, yield func(Delivery) bool) error {
	frozen := record.State.Frozen
	if frozen == nil {
		return nil
	}
	for i := range frozen.Shards {
		shard := &crier.DeliveryShard{}
		key := client.ObjectKey{Namespace: s.Namespace, Name: names.ShardName(record.Name, frozen.Attempt, i)}
		err := intact.Reader(s.Reader).Get(ctx, key, shard)
		if apierrors.IsNotFound(err) {
			continue // somebody deleted it; the rest is still true
		}
		if err != nil {
			return err
		}
		if !want(shard) {
			continue
		}
		if more, err := s.eachOf(ctx, shard, yield); err != nil || !more {
			return err
		}
	}
	return nil
}

// eachOf gives the recipients of one shard, and says whether more are wanted.
func (s *Store) eachOf(ctx context.Context, shard *crier.DeliveryShard, yield func(Delivery) bool) (more bool, err error) {
	recipients, err := s.Recipients(ctx, shard)
	lost := IsLost(err)
	if lost {
		recipients = make([]roster.Subscriber, shard.Spec.Recipients)
	} else if err != nil {
		return false, err
	}
	more = true
	err = ledger.ForEach(shard, func(index int, state crier.DeliveryState, exc *crier.ShardException, reply *crier.ShardReply) {
		more = more && yield(Delivery{
			Shard: shard, Lost: lost, Subscriber: recipients[index], State: state, Exception: exc,
			Reply: reply,
		})
	})
	return more, err
}

// AllAccepted says that a shard has nothing that needs attention.
func AllAccepted(shard *crier.DeliveryShard) bool {
	return shard.State.Totals.Accepted == shard.State.Totals.Intended
}

func unpack(data []byte, v any) error {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return json.NewDecoder(io.LimitReader(zip, maxUnpacked)).Decode(v)
}

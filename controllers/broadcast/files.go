package broadcast

import (
	"context"
	"errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/message"
)

// readFiles reads what is attached, as it is now, and refuses what no relay
// would take before anything is planned.
func (s *scope) readFiles(ctx context.Context) (*reconcile.Verdict, error) {
	for _, a := range s.broadcast.Spec.Content.Attachments {
		data, verdict, err := s.readFile(ctx, a)
		if verdict != nil || err != nil {
			return verdict, err
		}
		s.files = append(s.files, message.Attachment{
			Name: a.Name, ContentType: a.ContentType, ContentID: a.ContentID, Data: data,
		})
	}
	if err := message.CheckAttachments(s.files, s.relay.SizeLimit()); err != nil {
		return verdict(reconcile.IsStalled(crier.ReasonInvalidAttachment, "%s%s.", s.mendAdvice(), words.Capital(err.Error())).After(whileWaiting))
	}
	return nil, nil
}

func (s *scope) readFile(ctx context.Context, a crier.ContentAttachment) ([]byte, *reconcile.Verdict, error) {
	kind, from := a.Object()
	if from == nil {
		return nil, nil, errors.New("an attachment names neither ConfigMap nor Secret")
	}
	files := userfiles.Opener{Reader: s.Reader, Namespace: s.broadcast.Namespace}
	data, err := source.Open(ctx, files, kind, from.Name, crier.UseAttachment)
	var problem *source.Problem
	var v reconcile.Verdict
	switch {
	case errors.As(err, &problem) && problem.Kind == source.Unlabeled:
		v = reconcile.IsStalled(problem.Reason(), "%s", problem.Message)
	case errors.As(err, &problem):
		v = reconcile.IsReconciling(crier.ReasonAttachmentNotFound, "%s Sending waits until it is there.", problem.Message)
	case err != nil:
		return nil, nil, err
	default:
		if content, ok := data[from.Key]; ok {
			return content, nil, nil
		}
		v = reconcile.IsReconciling(crier.ReasonAttachmentNotFound,
			"%s %s has no key %s, which is to be attached as %s. Add the key, or correct spec.content.attachments.", kind, from.Name, from.Key, a.Name)
	}
	v = v.After(whileWaiting)
	return nil, &v, nil
}

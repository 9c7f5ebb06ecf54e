package deliveryrecord

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
)

const (
	// gracePeriod lets a sender wait for the replies it is owed, in seconds.
	gracePeriod = 300
	// nodeLost is how long a sender stays on a node nobody hears of, in seconds.
	nodeLost = 30

	journalDir = "/journal"
)

// shortestPass is how long a Job is left to its own controller at least: what
// loses pods over and over must not make Jobs over and over.
const shortestPass = 30 * time.Second

// createJobs creates what the senders need, and their Jobs, once per pass.
func (s *scope) createJobs(ctx context.Context) (bool, time.Duration, error) {
	pass := s.state.Pass
	if !s.tried() {
		return true, whileSending, nil // the Relay's controller is about to
	}
	if known, err := s.heed(ctx); err != nil || !known {
		return true, whileSending, err
	}
	if err := s.writeConnection(ctx, true); err != nil {
		return true, 0, err
	}
	if err := s.writeRights(ctx); err != nil {
		return true, 0, err
	}
	for worker := range pass.Workers {
		err := s.Client.Create(ctx, s.buildJob(worker))
		if apierrors.IsForbidden(err) && worker > 0 {
			log.FromContext(ctx).Error(err, "no room for another sender, those before it do its work")
			break
		}
		if client.IgnoreAlreadyExists(err) != nil {
			return true, 0, err
		}
	}
	pass.Created = true
	return true, whileSending, nil
}

// jobsOver says whether each Job of the pass has ended, is gone, or rests.
func (s *scope) jobsOver(ctx context.Context) (bool, error) {
	list := &batchv1.JobList{}
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{crier.LabelRecord: s.record.Name})
	if err != nil {
		return false, err
	}
	for i := range list.Items {
		if job := &list.Items[i]; ofPass(s.state.Pass, job) && !s.jobOver(job) {
			return false, nil
		}
	}
	return true, nil
}

// ofPass says whether it is a Job of the pass. The release before had one for all
// its senders.
func ofPass(pass *crier.DeliveryPass, job *batchv1.Job) bool {
	return job.Name == pass.Job || strings.HasPrefix(job.Name, pass.Job+"-w")
}

func (s *scope) jobOver(job *batchv1.Job) bool {
	for _, condition := range job.Status.Conditions {
		ended := condition.Type == batchv1.JobComplete || condition.Type == batchv1.JobFailed
		if ended && condition.Status == "True" {
			return true
		}
	}
	return job.DeletionTimestamp != nil || s.rests(job)
}

// rests says whether a Job has no pod and puts off the next. A lost node or an
// evicted pod counts as a failure there, and each doubles the wait, up to ten
// minutes: when all senders of a pass wait, other Jobs go on with it instead.
func (s *scope) rests(job *batchv1.Job) bool {
	pods := job.Status
	none := pods.Active == 0 && (pods.Terminating == nil || *pods.Terminating == 0)
	return none && pods.Failed > 0 && s.now.Sub(s.state.Pass.StartedAt.Time) >= shortestPass
}

// buildJob is the Job of one sender of the pass. Each has one of its own, so that
// it is by its own losses only that it waits for its next pod. (The Job
// controller's back-off for each index of one Job would keep a pod that ended
// until the one in its place is there: a namespace that is being deleted would
// wait for ever.) Its pod keeps its journal over container restarts, and is
// replaced as soon as it is being deleted: two senders of the same number do no
// harm, because the shards decide who may send.
func (s *scope) buildJob(worker int32) *batchv1.Job {
	pass := s.state.Pass
	meta := s.senderMeta()
	meta.Name = names.SenderJobName(pass.Job, worker)
	meta.Labels[crier.LabelPass] = strconv.Itoa(int(pass.Number))
	meta.Labels[crier.LabelWorker] = strconv.Itoa(int(worker))
	return &batchv1.Job{
		ObjectMeta: meta,
		Spec: batchv1.JobSpec{
			BackoffLimit:         new(int32(math.MaxInt32)),
			PodReplacementPolicy: new(batchv1.TerminatingOrFailed),
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: meta.Labels},
				Spec:       s.buildPodSpec(worker),
			},
		},
	}
}

func (s *scope) buildPodSpec(worker int32) corev1.PodSpec {
	attempt := s.state.Frozen.Attempt
	return corev1.PodSpec{
		ServiceAccountName:            names.SenderName(s.record.Name, attempt),
		AutomountServiceAccountToken:  new(true),
		RestartPolicy:                 corev1.RestartPolicyOnFailure,
		TerminationGracePeriodSeconds: new(int64(gracePeriod)),
		EnableServiceLinks:            new(false),
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: new(true), RunAsUser: new(int64(65532)), RunAsGroup: new(int64(65532)), FSGroup: new(int64(65532)),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Tolerations: []corev1.Toleration{
			tolerate(corev1.TaintNodeNotReady), tolerate(corev1.TaintNodeUnreachable),
		},
		ImagePullSecrets: s.pullSecrets(),
		Containers:       []corev1.Container{s.buildContainer(worker)},
		Volumes: []corev1.Volume{{
			Name: "journal",
			VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
				SizeLimit: new(resource.MustParse("256Mi")),
			}},
		}},
	}
}

func (s *scope) pullSecrets() []corev1.LocalObjectReference {
	var refs []corev1.LocalObjectReference
	for _, name := range s.PullSecrets {
		refs = append(refs, corev1.LocalObjectReference{Name: name})
	}
	return refs
}

func (s *scope) buildContainer(worker int32) corev1.Container {
	return corev1.Container{
		Name:            "sender",
		Image:           s.Image,
		ImagePullPolicy: s.PullPolicy,
		Command:         []string{"/crier-sender"},
		Args:            s.senderArgs(worker),
		Env: []corev1.EnvVar{
			fromField("POD_NAME", "metadata.name"), fromField("POD_UID", "metadata.uid"),
		},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi"),
			},
			Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("256Mi")},
		},
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
		VolumeMounts: []corev1.VolumeMount{{Name: "journal", MountPath: journalDir}},
	}
}

func (s *scope) senderArgs(worker int32) []string {
	pass, frozen := s.state.Pass, s.state.Frozen
	number := func(n int32) string { return strconv.Itoa(int(n)) }
	args := []string{
		"--record", s.record.Name,
		"--namespace", s.Namespace,
		"--attempt", frozen.Attempt,
		"--pass", number(pass.Number),
		"--shards", number(frozen.Shards),
		"--worker", number(worker),
		"--workers", number(pass.Workers),
		"--connections", number(pass.Connections),
		"--generation", number(s.state.Generation),
		"--journal", journalDir,
	}
	if len(pass.Selects) > 0 {
		args = append(args, "--selects", joinStates(pass.Selects))
	}
	if s.state.Deadline != nil {
		args = append(args, "--deadline", s.state.Deadline.UTC().Format(time.RFC3339))
	}
	return args
}

func joinStates(states []crier.DeliveryState) string {
	words := make([]string, 0, len(states))
	for _, state := range slices.Sorted(slices.Values(states)) {
		words = append(words, string(state))
	}
	return strings.Join(words, ",")
}

func fromField(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{FieldPath: path},
	}}
}

func tolerate(taint string) corev1.Toleration {
	return corev1.Toleration{
		Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute,
		TolerationSeconds: new(int64(nodeLost)),
	}
}

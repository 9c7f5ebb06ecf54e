// Package kubelet stands for the Job controller and the kubelet: it runs the
// sender pods of Jobs as processes of this machine, exactly as their pod
// templates say.
package kubelet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/hack/bench/internal/plane"
	"crier.dev/crier/hack/bench/internal/proc"
)

// Kubelet runs pods.
type Kubelet struct {
	// Plane has the Jobs.
	Plane *plane.Plane
	// Binary is crier-sender.
	Binary string
}

// Usage is what the senders took together.
type Usage struct {
	// Pods that ran.
	Pods int
	// CPU is processor time of all, from their ends.
	CPU time.Duration
	// Peak is VmHWM of the one that had most, in octets.
	Peak int64
}

// Run runs the pods of the Jobs, one each, until all have ended well, and says so
// to the API server. started is called when the processes are about to start.
func (k *Kubelet) Run(ctx context.Context, jobs []batchv1.Job, started func()) (Usage, error) {
	pods := make([]*corev1.Pod, len(jobs))
	for i := range jobs {
		var err error
		if pods[i], err = k.createPod(ctx, &jobs[i]); err != nil {
			return Usage{}, err
		}
	}
	usage := Usage{Pods: len(pods)}
	var mu sync.Mutex
	var failed []error
	var group sync.WaitGroup
	started()
	for _, pod := range pods {
		group.Go(func() {
			cpu, peak, err := k.runPod(ctx, pod)
			mu.Lock()
			defer mu.Unlock()
			usage.CPU += cpu
			usage.Peak = max(usage.Peak, peak)
			failed = append(failed, err)
		})
	}
	group.Wait()
	if err := errors.Join(failed...); err != nil {
		return usage, err
	}
	for i := range jobs {
		if err := k.complete(ctx, &jobs[i], pods[i]); err != nil {
			return usage, err
		}
	}
	return usage, nil
}

func (k *Kubelet) createPod(ctx context.Context, job *batchv1.Job) (*corev1.Pod, error) {
	pod := &corev1.Pod{ObjectMeta: *job.Spec.Template.ObjectMeta.DeepCopy(), Spec: *job.Spec.Template.Spec.DeepCopy()}
	pod.Namespace, pod.Name = job.Namespace, job.Name+"-0"
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	pod.Labels[batchv1.JobNameLabel] = job.Name
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(job, batchv1.SchemeGroupVersion.WithKind("Job"))}
	if err := k.Plane.Client.Create(ctx, pod); err != nil {
		return nil, err
	}
	now := metav1.Now()
	pod.Status.Phase, pod.Status.StartTime = corev1.PodRunning, &now
	return pod, k.Plane.Client.Status().Update(ctx, pod)
}

// runPod runs the one container of a pod.
func (k *Kubelet) runPod(ctx context.Context, pod *corev1.Pod) (time.Duration, int64, error) {
	folder, err := os.MkdirTemp(k.Plane.Folder, "pod-")
	if err != nil {
		return 0, 0, err
	}
	account := client.ObjectKey{Namespace: pod.Namespace, Name: pod.Spec.ServiceAccountName}
	if err := k.Plane.Account(ctx, account, folder); err != nil {
		return 0, 0, err
	}
	address, err := k.Plane.Address()
	if err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(ctx, k.Binary, append(arguments(pod, folder), "--service-account", folder)...)
	if cmd.Env, err = environment(pod, address); err != nil {
		return 0, 0, err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return 0, 0, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	peak := watchPeak(cmd)
	if err := cmd.Wait(); err != nil {
		text, _ := os.ReadFile(log.Name())
		return 0, 0, fmt.Errorf("%s: %w: %s", pod.Name, err, text[max(0, len(text)-2000):])
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak(), nil
}

// watchPeak reads the peak of memory until it is asked for it: the kernel
// doesn't tell once a process is gone.
func watchPeak(cmd *exec.Cmd) func() int64 {
	stop, result := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		for {
			if now, err := proc.Peak(cmd.Process.Pid); err == nil {
				peak = max(peak, now)
			}
			select {
			case <-stop:
				result <- peak
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(stop); return <-result }
}

// arguments puts folders of this machine in the places of the pod's volumes.
func arguments(pod *corev1.Pod, folder string) []string {
	container := pod.Spec.Containers[0]
	args := make([]string, 0, len(container.Args))
	for _, arg := range container.Args {
		for _, mount := range container.VolumeMounts {
			if arg == mount.MountPath {
				arg = folder
			}
		}
		args = append(args, arg)
	}
	return args
}

// environment is the container's, with what the kubelet adds to it.
func environment(pod *corev1.Pod, apiserver string) ([]string, error) {
	_, port, err := net.SplitHostPort(apiserver)
	if err != nil {
		return nil, err
	}
	// By its name: a sender doesn't dial the address of its API server, which is that
	// of the sink here.
	env := []string{"KUBERNETES_SERVICE_HOST=localhost", "KUBERNETES_SERVICE_PORT=" + port, "HOME=" + os.Getenv("HOME")}
	for _, v := range pod.Spec.Containers[0].Env {
		value := v.Value
		if v.ValueFrom != nil && v.ValueFrom.FieldRef != nil {
			switch v.ValueFrom.FieldRef.FieldPath {
			case "metadata.name":
				value = pod.Name
			case "metadata.uid":
				value = string(pod.UID)
			case "metadata.namespace":
				value = pod.Namespace
			}
		}
		env = append(env, v.Name+"="+value)
	}
	return env, nil
}

// complete says that the pod of a Job has ended well.
func (k *Kubelet) complete(ctx context.Context, job *batchv1.Job, pod *corev1.Pod) error {
	if err := k.Plane.Client.Get(ctx, client.ObjectKeyFromObject(pod), pod); err != nil {
		return err
	}
	pod.Status.Phase = corev1.PodSucceeded
	if err := k.Plane.Client.Status().Update(ctx, pod); err != nil {
		return err
	}
	if err := k.Plane.Client.Get(ctx, client.ObjectKeyFromObject(job), job); err != nil {
		return err
	}
	now := metav1.Now()
	job.Status.StartTime, job.Status.CompletionTime = &now, &now
	for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
			Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now, LastProbeTime: now,
		})
	}
	job.Status.Succeeded = 1
	return k.Plane.Client.Status().Update(ctx, job)
}

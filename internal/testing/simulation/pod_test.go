package simulation

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/sender"
)

// pod is a sender pod: its containers follow one another on one disk.
type pod struct {
	w    *world
	job  *batchv1.Job
	name string
	uid  string
	opts sender.Options
	dice *dice

	mu       sync.Mutex
	files    map[string][]byte
	removed  map[string][]byte // in this boot of its machine
	boots    int
	skew     time.Duration // of its machine's clock
	booted   time.Time
	current  *container
	deleted  bool
	cut      bool
	hurt     bool          // something befell it that it isn't told of before
	linger   time.Duration // how long its object outlives it
	doomed   chan struct{} // closed when it is being deleted
	vanished chan struct{} // closed when its object is gone
	over     chan struct{} // closed when nothing of it runs any more
	success  bool
}

func (p *pod) file(name string) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	data, ok := p.files[name]
	return data, ok
}

// change replaces what is in a file; nil removes it.
func (p *pod) change(name string, f func(old []byte) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.files[name]
	data := f(old)
	if data == nil {
		p.removed[name] = old
		delete(p.files, name)
		return
	}
	p.files[name] = data
}

func (p *pod) isCutOff() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut
}

func (p *pod) setCutOff(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.hurt = cut, true
}

// hurts notes that something befalls the pod that no signal announces.
func (p *pod) hurts() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hurt = true
}

func (p *pod) isHurt() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hurt
}

func (p *pod) container() *container {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current
}

// markDeleted is what the API server does first when a pod is deleted.
func (p *pod) markDeleted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.deleted {
		return
	}
	p.deleted = true
	close(p.doomed)
	end := metav1.NewTime(time.Now().Add(300 * time.Second)) // as an API server writes it
	edit(p.w.api, system, p.name, func(o *corev1.Pod) { o.DeletionTimestamp = &end })
}

// vanish takes the pod's object away.
func (p *pod) vanish() {
	p.markDeleted()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.vanished:
	default:
		_ = p.w.api.delete("Pod", system, p.name, nil, nil) // may be gone with its owner
		close(p.vanished)
	}
}

// options reads the arguments of the Job as the command line does.
func (p *pod) options() sender.Options {
	args := p.job.Spec.Template.Spec.Containers[0].Args
	flag := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		flag[args[i]] = args[i+1]
	}
	number := func(name string) int {
		n, err := strconv.Atoi(flag[name])
		if err != nil {
			panic(fmt.Sprintf("%s: %v in %q", name, err, args))
		}
		return n
	}
	o := sender.Options{
		Record: flag["--record"], Attempt: flag["--attempt"],
		Pass:   ledger.Pass{Number: int32(number("--pass")), Generation: int32(number("--generation"))},
		Shards: number("--shards"), Workers: number("--workers"), Connections: number("--connections"),
		Journal: "/journal", Holder: ledger.Holder{PodUID: p.uid, PodName: p.name, Worker: int32(number("--worker"))},
	}
	if text := flag["--selects"]; text != "" {
		for s := range strings.SplitSeq(text, ",") {
			o.Pass.Selects = append(o.Pass.Selects, crier.DeliveryState(s))
		}
	}
	deadline, err := time.Parse(time.RFC3339, flag["--deadline"])
	if err != nil {
		panic(err)
	}
	o.Deadline = deadline
	return o
}

// generation of the messages that the pod sends.
func (p *pod) generation() int32 { return p.opts.Pass.Generation }

// live runs the pod's containers one after the other until one succeeds or
// the pod is deleted.
func (p *pod) live() {
	defer close(p.over)
	if !p.wait(p.dice.between(time.Second, 4*time.Second)) {
		p.vanish()
		return
	}
	pause := 10 * time.Second
	for n := 0; ; n++ {
		c := &container{
			pod: p, name: fmt.Sprintf("%s.%d", p.name, n), begun: time.Now(),
			dead: make(chan struct{}), ended: make(chan struct{}),
		}
		c.dice = newDice(p.w.seed, c.name)
		p.w.tell(c.name, "starts")
		p.w.jobs.containers.Add(1)
		c.run(p.opts)
		p.mu.Lock()
		p.current = c
		p.mu.Unlock()
		select {
		case <-c.dead:
		case <-c.ended:
		case <-p.doomed:
			p.terminate(c)
			return
		}
		if p.endsWith(c) {
			return
		}
		if time.Since(c.begun) > 10*time.Minute {
			pause = 10 * time.Second
		}
		if !p.wait(pause) {
			p.vanish()
			return
		}
		pause = min(2*pause, 5*time.Minute)
	}
}

// endsWith says whether the container's end is the end of the pod.
func (p *pod) endsWith(c *container) bool {
	select {
	case <-c.dead:
		return false
	default:
	}
	p.w.tell(c.name, "ends: %v", c.result)
	if c.result != nil {
		p.report(c.result)
		return false
	}
	p.mu.Lock()
	p.success = true
	p.mu.Unlock()
	edit(p.w.api, system, p.name, func(o *corev1.Pod) { o.Status.Phase = corev1.PodSucceeded })
	return true
}

// report is what a kubelet says of a container that has ended.
func (p *pod) report(result error) {
	code := int32(1)
	var coded interface{ ExitCode() int }
	if errors.As(result, &coded) {
		code = int32(coded.ExitCode())
	}
	edit(p.w.api, system, p.name, func(o *corev1.Pod) {
		o.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "sender", RestartCount: 1,
			LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}},
		}}
	})
}

// wait is false when the pod is deleted meanwhile.
func (p *pod) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.doomed:
		return false
	}
}

// terminate is what a kubelet does with a pod that is being deleted, once it
// hears of it: a signal, then 300 s.
func (p *pod) terminate(c *container) {
	for (p.isCutOff() || c.frozen()) && !c.over() {
		time.Sleep(5 * time.Second) // the kubelet is as deaf as the pod
	}
	p.w.tell(c.name, "is told to end")
	c.stop()
	select {
	case <-c.dead:
	case <-c.ended:
		p.w.tell(c.name, "ends: %v", c.result)
		if c.result == nil {
			p.mu.Lock()
			p.success = true
			p.mu.Unlock()
		}
	case <-time.After(300 * time.Second):
		c.kill("is killed, it took too long,")
	}
	time.Sleep(p.lingering())
	p.vanish()
}

func (p *pod) lingering() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.linger
}

// lose takes the pod away with its disk, as a node does that burns down. Its
// object stays for a while.
func (p *pod) lose(linger time.Duration) {
	p.mu.Lock()
	p.linger, p.files = linger, map[string][]byte{}
	c := p.current
	p.mu.Unlock()
	p.markDeleted()
	if c != nil {
		c.kill("is lost with its pod")
	}
}

// boot is the id of the present boot of the pod's machine, and uptime the time
// since then.
func (p *pod) boot() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%s boot %d", p.name, p.boots)
}

func (p *pod) uptime() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.booted)
}

// losePower starts the pod's machine again: with each file as it was at some time
// before, or without it, and with some that had been removed.
func (p *pod) losePower(c *container) {
	c.kill("loses power")
	p.w.lostPower(p)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.boots++
	p.booted = time.Now().Add(p.dice.between(0, 9*time.Second))
	for name, data := range p.removed {
		if _, there := p.files[name]; !there && p.dice.chance(0.5) {
			p.files[name] = data
		}
	}
	p.removed = map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		switch data := p.files[name]; p.dice.n(4) {
		case 0: // all of it had been written back
		case 1:
			delete(p.files, name)
		default:
			p.files[name] = data[:p.dice.n(len(data)+1)]
		}
	}
}

// jobs is the Job controller and the kubelets.
type jobs struct {
	w    *world
	mu   sync.Mutex
	pods []*pod
	made int
	// containers that were started.
	containers atomic.Int32
}

func (j *jobs) newPod(job *batchv1.Job) *pod {
	j.mu.Lock()
	j.made++
	n := j.made
	j.mu.Unlock()
	p := &pod{
		w: j.w, job: job, name: fmt.Sprintf("pod%d-w%s", n, job.Labels[crier.LabelWorker]), uid: fmt.Sprintf("uid-pod-%d", n),
		files: map[string][]byte{}, removed: map[string][]byte{}, doomed: make(chan struct{}), vanished: make(chan struct{}), over: make(chan struct{}),
	}
	p.dice = newDice(j.w.seed, p.name)
	p.booted = time.Now().Add(-p.dice.between(0, time.Hour))
	p.opts = p.options()
	object := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: system, Name: p.name, UID: types.UID(p.uid), Labels: job.Spec.Template.Labels,
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "batch/v1", Kind: "Job", Name: job.Name, UID: job.UID, Controller: new(true),
			}},
		},
		Spec:   corev1.PodSpec{NodeName: "node"},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	if _, err := j.w.api.create(object); err != nil {
		panic(err)
	}
	j.mu.Lock()
	j.pods = append(j.pods, p)
	j.mu.Unlock()
	j.w.background.Go(p.live)
	j.w.background.Go(func() { j.w.misfortune(p) })
	return p
}

// all are the pods that have ever been.
func (j *jobs) all() []*pod {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]*pod(nil), j.pods...)
}

// start sees to it that one pod of a Job succeeds, until the Job is deleted: gone
// is closed then. A pod that is being deleted gets a successor at once.
func (j *jobs) start(job *batchv1.Job, gone <-chan struct{}) {
	for {
		p := j.newPod(job)
		select {
		case <-gone:
			time.Sleep(p.dice.between(50*time.Millisecond, 2*time.Second))
			p.markDeleted()
			<-p.over
			p.vanish()
			return
		case <-p.over:
		case <-p.doomed:
		}
		if p.succeeded() {
			j.complete(job)
			<-gone
			p.vanish()
			return
		}
		time.Sleep(p.dice.between(time.Second, 3*time.Second))
		select {
		case <-gone:
			return
		default:
		}
	}
}

func (j *jobs) complete(job *batchv1.Job) {
	edit(j.w.api, system, job.Name, func(o *batchv1.Job) {
		if o.UID == job.UID {
			o.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
		}
	})
}

func (p *pod) succeeded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.success
}

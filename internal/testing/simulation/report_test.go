package simulation

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/names"
)

// press is the client of somebody who reads everything without trouble, and keeps
// the pages of a report.
type press struct {
	managerClient
	pages map[string]*corev1.ConfigMap
}

func (p *press) Apply(_ context.Context, config runtime.ApplyConfiguration, _ ...client.ApplyOption) error {
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	page := &corev1.ConfigMap{}
	if err := json.Unmarshal(text, page); err != nil {
		return err
	}
	p.pages[page.Name] = page
	return nil
}

// judgeReport checks that everybody who didn't get the message is named in the
// report, or is in a part of the list of which it says that it is lost.
func (w *world) judgeReport(when string) {
	obj, err := w.api.get("DeliveryRecord", "", record)
	if err != nil {
		panic(err)
	}
	p := &press{pages: map[string]*corev1.ConfigMap{}}
	p.caller = &caller{
		w: w, name: "press", dice: newDice(w.seed, "press"), patience: time.Minute, trusty: true,
		gate: func() error { return nil }, cutOff: func() bool { return false },
	}
	store := &ledgerstore.Store{Client: p, Reader: p, Namespace: system, Clock: clock.RealClock{}}
	of := &crier.Broadcast{}
	of.Namespace, of.Name = tenant, broadcast
	about := reporting.Subject{Record: obj.(*crier.DeliveryRecord)}
	if _, err := (&reporting.Reporter{Store: store}).ConfigMaps(context.Background(), about, of, crier.ReportFinal); err != nil {
		w.wrong("%s: no report: %v", when, err)
		return
	}
	named := map[string]bool{}
	summary := ""
	for _, page := range p.pages {
		rows, err := csv.NewReader(strings.NewReader(page.Data[reporting.FailuresKey])).ReadAll()
		if err != nil {
			w.wrong("%s: the report can't be read: %v", when, err)
		}
		for _, row := range rows {
			named[row[0]] = true
		}
		summary += page.Data[reporting.SummaryKey]
	}
	for _, obj := range w.api.list("DeliveryShard", system, nil) {
		shard := obj.(*crier.DeliveryShard)
		lost := !w.readable(shard)
		if says := strings.Contains(summary, fmt.Sprintf("(shard %d)", shard.Spec.Index)); says != (lost && !ledgerstore.AllAccepted(shard)) {
			w.wrong("%s: the report says that the addresses of %s are lost: %v", when, shard.Name, says)
		}
		for i, letter := range letters(shard) {
			if address := addressOf(int(shard.Spec.Index), i); named[address] != (letter != 'a' && !lost) {
				w.wrong("%s: %s is %c, and named in the report: %v", when, address, letter, named[address])
			}
		}
	}
}

// readable says whether the addresses of a shard are as they were.
func (w *world) readable(shard *crier.DeliveryShard) bool {
	obj, err := w.api.get("Secret", system, shard.Spec.Secret)
	if err != nil {
		return false
	}
	was := w.secrets[shard.Spec.Secret].Data[names.RecipientsKey]
	return len(obj.(*corev1.Secret).Data[names.RecipientsKey]) == len(was)
}

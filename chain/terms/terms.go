// Package terms reads from what the contracts say of a job and one of its attempts the terms that its worker accepts.
//
// The contract stores their hash; who computes it from the parts and compares knows that the parts, which came in several
// answers, belong together.
package terms

import (
	"fmt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/job"
)

// Of returns the terms of an attempt. It is an error if the job asks for a delivery that this program does not know.
func Of(id job.ID, number uint32, t bindings.JobTerms, a bindings.Attempt) (job.Terms, error) {
	delivery, ok := deliveries[t.Delivery]
	if !ok {
		return job.Terms{}, fmt.Errorf("terms: job %s asks for delivery %d, which this program does not know", id, t.Delivery)
	}
	w := t.Windows
	return job.Terms{
		Job: id, Attempt: number, Worker: a.Worker, SpecHash: t.SpecHash, InputCommitment: a.InputCommitment,
		AIR: t.AIRID, AIRVersion: t.AIRVersion, K: t.K, Rows: t.Rows, Inner: t.Inner, Columns: t.Columns,
		VerifierVersion: t.VerifierVersion, EscrowHash: a.EscrowHash, AuditorEpoch: a.AuditorEpoch,
		Windows:    job.Windows{Accept: w.Accept, Submit: w.Submit, Decide: w.Decide, Challenge: w.Challenge, Appeal: w.Appeal},
		PenaltyCap: t.PenaltyCap.Big(), Delivery: delivery,
	}, nil
}

var deliveries = map[bindings.Delivery]job.Delivery{
	bindings.DeliveryResult: job.DeliverResult,
	bindings.DeliveryProof:  job.DeliverProof,
}

//! Validate: do a record's own amounts agree with one another?
//!
//! Owns the identities of the settlement record over what is declared (absent is not zero). Knows no reference data and no policy:
//! entitlement is `settle`'s, the split of a line is `price`'s.

use crate::claim::{Claim, Code, Declared, DeclaredField, Finding, PricedClaim};
use crate::money::Fen;

/// No settlement is as large as this: ten thousand million yuan. Sums over a night then fit every column that carries them.
pub const MAX_FEE: Fen = Fen::new(1_000_000_000_000);

/// Checks a settlement after its lines were priced; adds every finding.
///
/// Source: national interface, settlement record: fee = four parts; funds add up to their total; fee = funds + account + cash +
/// institution; person's part = account + cash; 0 <= deductible <= in scope.
pub fn check_settlement(priced: &mut PricedClaim, file: &str) {
    let line = priced.claim.origin.line;
    let finding = |code| Finding::new(code).at(file, line);
    if priced.lines == 0 {
        if !priced.findings.iter().any(|f| f.code == Code::LineBroken) {
            priced.findings.push(finding(Code::ClaimWithoutLines));
        }
    } else {
        check_lines(priced, file);
    }
    check_declared(&priced.claim, file, &mut priced.findings);
}

/// The claim's fee against its lines; parts that came out negative.
fn check_lines(priced: &mut PricedClaim, file: &str) {
    let line = priced.claim.origin.line;
    let charges = &priced.charges;
    let parts = [
        (DeclaredField::FullSelfPay, charges.full_self_pay),
        (DeclaredField::OverLimit, charges.over_limit),
        (DeclaredField::PreSelfPay, charges.pre_self_pay),
        (DeclaredField::InScope, charges.in_scope),
        (DeclaredField::Institution, charges.institution()),
    ];
    for (field, amount) in parts {
        if amount.is_negative() {
            priced.findings.push(
                Finding::new(Code::NegativeLine)
                    .at(file, line)
                    .field(field.field())
                    .found(amount)
                    .expected("zero or more over all lines"),
            );
        }
    }
    let broken = |f: &Finding| {
        matches!(f.code, Code::LineBroken | Code::ItemUnknown | Code::CatalogueMissing)
    };
    let (declared, lines) = (priced.claim.declared_total(), charges.total());
    if lines.abs() > MAX_FEE && declared.abs() <= MAX_FEE {
        priced.findings.push(
            Finding::new(Code::AmountTooLarge)
                .at(file, line)
                .field(DeclaredField::Total.field())
                .found(lines)
                .expected(format!("at most {MAX_FEE} over all lines")),
        );
    }
    // Lines that could not be read or priced are missing from the sum: one finding, not two.
    if declared != lines && !priced.findings.iter().any(broken) {
        priced.findings.push(
            Finding::new(Code::TotalNotLines)
                .at(file, line)
                .field(DeclaredField::Total.field())
                .found(declared)
                .expected(format!("{lines} (the sum of {} lines)", priced.lines)),
        );
    }
}

/// Identities over what is declared; one that lacks a term is not checked.
pub fn check_declared(claim: &Claim, file: &str, findings: &mut Vec<Finding>) {
    use DeclaredField as F;
    let declared = &claim.declared;
    if claim.declared_total().abs() > MAX_FEE {
        findings.push(
            Finding::new(Code::AmountTooLarge)
                .at(file, claim.origin.line)
                .field(F::Total.field())
                .found(claim.declared_total())
                .expected(format!("at most {MAX_FEE}")),
        );
    }
    let mut identity = |code: Code, field: F, terms: &[F], optional: &[F]| {
        let Some(whole) = declared.get(field) else { return };
        let Some(sum) = sum(declared, terms, optional) else { return };
        if whole != sum {
            findings.push(
                Finding::new(code)
                    .at(file, claim.origin.line)
                    .field(field.field())
                    .found(whole)
                    .expected(format!("{sum} (difference {})", whole - sum)),
            );
        }
    };
    identity(
        Code::PartsNotTotal,
        F::Total,
        &[F::FullSelfPay, F::OverLimit, F::PreSelfPay, F::InScope],
        &[],
    );
    // The disabled soldiers' fund is a column of newer versions only.
    let funds: Vec<F> = F::FUNDS.into_iter().filter(|f| *f != F::Disabled).collect();
    identity(Code::FundsNotTotal, F::FundTotal, &funds, &[F::Disabled]);
    identity(
        Code::PayersNotTotal,
        F::Total,
        &[F::FundTotal, F::Account, F::Cash],
        &[F::Institution],
    );
    identity(Code::PersonNotTotal, F::PersonTotal, &[F::Account, F::Cash], &[]);
    if let (Some(deductible), Some(in_scope)) =
        (declared.get(F::Deductible), declared.get(F::InScope))
        && deductible.abs() > in_scope.abs()
    {
        findings.push(
            Finding::new(Code::DeductibleOutOfRange)
                .at(file, claim.origin.line)
                .field(F::Deductible.field())
                .found(deductible)
                .expected(format!("at most {in_scope}")),
        );
    }
}

/// `None` when a term that must be there is not declared.
fn sum(declared: &Declared, terms: &[DeclaredField], optional: &[DeclaredField]) -> Option<Fen> {
    let mut total = Fen::ZERO;
    for term in terms {
        total = total.checked_add(declared.get(*term)?)?;
    }
    for term in optional {
        total = total.checked_add(declared.get(*term).unwrap_or_default())?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(amounts: &[(DeclaredField, i64)]) -> Claim {
        let mut claim = Claim::default();
        for (field, fen) in amounts {
            claim.declared.set(*field, Fen::new(*fen));
        }
        claim
    }

    fn codes(amounts: &[(DeclaredField, i64)]) -> Vec<&'static str> {
        let mut findings = Vec::new();
        check_declared(&claim(amounts), "settlements.csv", &mut findings);
        findings.iter().map(|f| f.code.text()).collect()
    }

    #[test]
    fn published_inpatient_reply_holds() {
        use DeclaredField as F;
        let reply = [
            (F::Total, 2_344_246),
            (F::FullSelfPay, 253_397),
            (F::OverLimit, 139_689),
            (F::PreSelfPay, 70_344),
            (F::InScope, 1_880_816),
            (F::FundTotal, 1_878_539),
            (F::Account, 17_004),
            (F::Cash, 398_202),
            (F::Institution, 50_501),
            (F::PersonTotal, 415_206),
        ];
        assert_eq!(codes(&reply), Vec::<&str>::new());
    }

    #[test]
    fn published_hainan_record_is_refused() {
        use DeclaredField as F;
        // All fees self-paid and no fund payment, yet account and cash are recorded as 0.
        let record = [(F::Total, 330_000), (F::FundTotal, 0), (F::Account, 0), (F::Cash, 0)];
        assert_eq!(codes(&record), ["I404"]);
    }

    #[test]
    fn absent_is_not_zero() {
        use DeclaredField as F;
        assert_eq!(codes(&[(F::Total, 100), (F::FundTotal, 10)]), Vec::<&str>::new());
        assert_eq!(codes(&[(F::PersonTotal, 100), (F::Account, 40), (F::Cash, 50)]), ["I405"]);
    }
}

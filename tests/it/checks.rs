//! What must hold of each parser for any bytes: it does not panic, and what it accepts is right.
//!
//! Called by the properties in `parsers.rs` and by the fuzz targets in `tests/fuzz`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use medsettle::calendar::{Date, Moment};
use medsettle::claim::{Charges, Claim, Origin, PricedClaim};
use medsettle::codes::{
    AdmDiv, CareKind, CareRegion, CertNo, DiseaseCode, FilingClass, HospitalLevel, InstitutionCode,
    Insurance, MedType, PersonNo, PersonType, Scope, SettlementId, VisitId,
};
use medsettle::ingest::manifest::{FileClaim, MANIFEST, Manifest};
use medsettle::ingest::table::TableFile;
use medsettle::ingest::{keys, policy_book, reference};
use medsettle::money::{Fen, Rate, yuan};
use medsettle::policy::plan::{DeductibleValue, Row};
use medsettle::policy::select::CodeHead;
use medsettle::policy::{Facts, Policy};
use medsettle::reference::PersonRecord;
use medsettle::run::pipeline::Pipeline;
use medsettle::settle::{Account, Entitled, History, Year, settle_claim};
use medsettle::store::ids::IdFile;
use medsettle::store::people::{decode_bucket, encode_bucket, read_bucket};
use medsettle::store::trace::{parse_trace, trace_text};
use medsettle::wire::fee::{self, FeeReader};
use medsettle::wire::settlement::{self, SettlementReader};
use sha2::{Digest, Sha256};

/// A decimal text as a scaled integer, read in another way than the program does.
fn scaled(text: &[u8], decimals: usize) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = part.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    if part.len() > decimals || whole.len() > 20 {
        return None;
    }
    let value: i128 = format!("0{whole}{part:0<decimals$}").parse().ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}

/// Dates, moments, amounts, rates and codes.
pub fn scalars(bytes: &[u8]) {
    if let Some(date) = Date::parse(bytes) {
        assert_eq!(date.to_string().as_bytes(), bytes);
    }
    if let Some(moment) = Moment::parse(bytes) {
        let text = String::from_utf8_lossy(bytes).replace('T', " ");
        let text = if bytes.len() == 10 { format!("{text} 00:00:00") } else { text };
        assert_eq!(moment.to_string(), text);
        assert_eq!(Moment::from_micros(moment.micros()), moment);
    }
    for decimals in [2, 4, 6] {
        let read = yuan::parse_scaled(bytes, decimals).ok().map(i128::from);
        let expected = scaled(bytes, decimals as usize);
        assert_eq!(read, expected.filter(|v| v.unsigned_abs() <= i64::MAX as u128), "{decimals}");
    }
    let amount = yuan::parse(bytes).ok();
    let fits = |v: &i128| v.abs() <= i128::from(Fen::MAX_FIELD.get());
    assert_eq!(amount.map(|fen| i128::from(fen.get())), scaled(bytes, 2).filter(fits));
    if let Some(amount) = amount {
        assert_eq!(yuan::parse(amount.to_string().as_bytes()), Ok(amount));
        assert_eq!(yuan::wide(amount.get().into()), amount.to_string());
    }
    let share = |v: &i128| (0..=1_000_000).contains(v);
    let millionths = |rate: Option<Rate>| rate.map(|rate| i128::from(rate.millionths()));
    assert_eq!(millionths(Rate::from_fraction(bytes)), scaled(bytes, 6).filter(share));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let rate = Rate::from_percent(text);
        assert_eq!(millionths(rate), scaled(bytes, 4).filter(share));
        if let Some(rate) = rate {
            assert_eq!(Rate::from_percent(rate.to_string().trim_end_matches('%')), Some(rate));
        }
        codes(text);
        trace(text);
    }
}

fn codes(text: &str) {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let division = AdmDiv::parse(text.as_bytes());
    assert_eq!(division.is_some(), digits && text.len() == 6);
    if let Some(division) = division {
        assert_eq!(division.as_str(), text);
        assert_eq!(format!("{:06}", division.number()), text);
        assert!(division.covers(division) && division.same_province(division.province()));
    }
    let same = |read: Option<String>| read.is_none_or(|read| read == text);
    assert!(same(Insurance::parse(text).map(|code| code.to_string())));
    assert!(same(PersonType::parse(text).map(|code| code.to_string())));
    assert!(same(HospitalLevel::parse(text).map(|level| level.to_string())));
    assert!(same(MedType::parse(text, &[]).map(|code| code.as_str().to_owned())));
    let local = [(text.to_owned(), CareKind::Chronic)];
    assert_eq!(MedType::parse(text, &local).is_some(), text.len() <= 6);
    assert!(same(SettlementId::new(text).map(|id| id.as_str().to_owned())));
    assert!(same(CertNo::new(text).map(|id| id.as_str().to_owned())));
    assert_eq!(PersonNo::new(text).is_some(), text.len() <= PersonNo::MAX_LEN);
    assert_eq!(VisitId::new(text).is_some(), text.len() <= VisitId::MAX_LEN);
    assert_eq!(InstitutionCode::new(text).is_some(), text.len() <= InstitutionCode::MAX_LEN);
    assert_eq!(DiseaseCode::new(text).is_some(), text.len() <= DiseaseCode::MAX_LEN);
    let digit = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    assert!(Insurance::parse(text).is_none_or(|_| digit(text) && text.len() >= 3));
    assert!(PersonType::parse(text).is_none_or(|_| digit(text) && text.starts_with('1')));
}

/// The stored trace of a calculation.
pub fn trace(text: &str) {
    if let Some(steps) = parse_trace(text) {
        let mut written = String::new();
        trace_text(&steps, &mut written);
        assert_eq!(written, text);
    }
}

/// `manifest.json`.
pub fn manifest(folder: &Path, bytes: &[u8]) {
    std::fs::write(folder.join(MANIFEST), bytes).unwrap();
    match Manifest::read(folder) {
        Ok(manifest) => {
            assert!(!manifest.institution.is_empty());
            assert!(Date::parse(manifest.period.to_string().as_bytes()) == Some(manifest.period));
            for (stem, file) in [("settlements", &manifest.settlements), ("fees", &manifest.fees)] {
                let name = file.name.as_str();
                assert!(name == format!("{stem}.csv") || name == format!("{stem}.csv.zst"));
                assert!(file.rows <= u32::MAX.into());
            }
            let text = json(&manifest);
            std::fs::write(folder.join(MANIFEST), text).unwrap();
            assert_eq!(Manifest::read(folder), Ok(manifest));
        }
        Err(findings) => assert!(!findings.is_empty()),
    }
}

fn json(manifest: &Manifest) -> Vec<u8> {
    let file = |file: &FileClaim, field: &str| {
        serde_json::json!({
            "name": file.name, "rows": file.rows, "bytes": file.bytes, "sha256": file.sha256,
            "totals": { field: yuan::wide(file.total) },
        })
    };
    let value = serde_json::json!({
        "fixmedins_code": manifest.institution.as_str(),
        "period": manifest.period.to_string(),
        "sequence": manifest.sequence,
        "files": [
            file(&manifest.settlements, "medfee_sumamt"),
            file(&manifest.fees, "det_item_fee_sumamt"),
        ],
    });
    serde_json::to_vec(&value).unwrap()
}

/// What a manifest would say of a file with these bytes.
fn claim_of(folder: &Path, name: &str, bytes: &[u8], rows: u64) -> FileClaim {
    std::fs::write(folder.join(name), bytes).unwrap();
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let sha256 = digest.iter().map(|b| format!("{b:02x}")).collect();
    FileClaim { name: name.to_owned(), rows, bytes: bytes.len() as u64, sha256, total: 0 }
}

/// `settlements`, plain; gives what every row became and what is said of the file.
fn settlement_rows(folder: &Path, file: &FileClaim) -> (Vec<String>, Vec<String>) {
    let opened = TableFile::open(folder, file, settlement::COLUMNS);
    let (mut table, map) = match opened {
        Ok(open) => (open.table, open.map),
        Err(findings) => return (Vec::new(), said(&findings)),
    };
    let local = [("77".to_owned(), CareKind::Chronic)];
    let reader = SettlementReader { map, file: "settlements.csv", local_med_types: &local };
    let (mut row, mut rows, mut total) = (ByteRecord::new(), Vec::new(), 0);
    while let Some(line) = table.next(&mut row) {
        total += reader.fee(&row).map_or(0, |fen| i128::from(fen.get()));
        match reader.claim(&row, Origin { submission: 0, line }) {
            Ok(claim) => {
                claim_is_right(&claim);
                rows.push(format!("{claim:?}"));
            }
            Err(unreadable) => {
                assert!(!unreadable.findings.is_empty());
                rows.push(format!("{unreadable:?}"));
            }
        }
    }
    (rows, said(&table.finish("medfee_sumamt", total)))
}

fn claim_is_right(claim: &Claim) {
    assert!(!claim.id.is_empty() && !claim.visit.is_empty() && !claim.institution.is_empty());
    assert!(!claim.person_no.is_empty() && !claim.cert_no.is_empty());
    assert!(claim.begin <= claim.end, "{} {}", claim.begin, claim.end);
    let total = claim.declared_total();
    assert!(if claim.reversal { total <= Fen::ZERO } else { total >= Fen::ZERO });
    assert!(!claim.reversal || !claim.original.is_empty());
}

fn said(findings: &[medsettle::claim::Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{} {} {} {}", f.code, f.line, f.field, f.found)).collect()
}

/// `settlements`: the same rows plain and compressed, and the rows that the csv crate counts.
pub fn settlements(folder: &Path, bytes: &[u8]) {
    let rows = counted(bytes);
    let plain = claim_of(folder, "settlements.csv", bytes, rows);
    let (read, told) = settlement_rows(folder, &plain);
    if told.iter().all(|what| what.starts_with("S113")) {
        assert_eq!(read.len() as u64, rows, "{told:?}");
    }
    let packed = zstd::encode_all(bytes, 1).unwrap();
    let packed = claim_of(folder, "settlements.csv.zst", &packed, rows);
    assert_eq!(settlement_rows(folder, &packed).0, read);
    // The bytes themselves as a compressed file.
    settlement_rows(folder, &claim_of(folder, "settlements.csv.zst", bytes, rows));
}

/// `fees`.
pub fn fees(folder: &Path, bytes: &[u8]) {
    let file = claim_of(folder, "fees.csv", bytes, counted(bytes));
    let Ok(open) = TableFile::open(folder, &file, fee::COLUMNS) else { return };
    let (mut table, reader) = (open.table, FeeReader { map: open.map, file: "fees.csv" });
    let mut row = ByteRecord::new();
    while let Some(number) = table.next(&mut row) {
        match reader.line(&row, number) {
            Ok(line) => {
                assert!((1..=30).contains(&line.line_no.len()));
                assert!((1..=50).contains(&line.item.len()));
                assert_eq!(Some(line.amounts.amount), reader.amount(&row));
                assert!(line.amounts.price >= 0);
                price(&line.amounts);
            }
            Err(findings) => assert!(!findings.is_empty(), "a line is refused without a word"),
        }
    }
    table.finish("det_item_fee_sumamt", 0);
}

/// The parts of a line are on its side of zero and add up to it, whatever its count.
fn price(amounts: &medsettle::price::LineAmounts) {
    use medsettle::calendar::DateSpan;
    use medsettle::codes::InsuranceClass;
    medsettle::price::amount_agrees(amounts, Fen::new(1));
    for (ratio, limit) in [("0", i64::MAX), ("0.1", 80_500_000), ("1", 0), ("0.333333", 0)] {
        let item = medsettle::reference::ItemVersion {
            span: DateSpan { from: Date::default(), until: Date::FOREVER },
            self_paid: false,
            class: 2,
            institution_bears: true,
            first_payment: [Rate::from_fraction(ratio.as_bytes()).unwrap(); 2],
            price_limit: [[limit; 4]; 2],
        };
        let split = medsettle::price::split_line(amounts, &item, InsuranceClass::Employee, 3);
        let charges = split.charges;
        assert_eq!(charges.total(), amounts.amount);
        for part in [charges.over_limit, charges.pre_self_pay, charges.in_scope] {
            assert!(part.get().signum() * amounts.amount.get().signum() >= 0, "{charges:?}");
        }
    }
}

/// Data rows as the csv crate counts them.
fn counted(bytes: &[u8]) -> u64 {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let mut row = ByteRecord::new();
    let mut rows = 0u64;
    while matches!(reader.read_byte_record(&mut row), Ok(true)) {
        rows += 1;
    }
    rows.saturating_sub(1)
}

/// One file of a reference folder, which is left as it was.
pub fn reference(folder: &Path, name: &str, bytes: &[u8]) {
    let folders = [folder.to_owned()];
    let path = folder.join(name);
    let before = std::fs::read(&path).ok();
    let known = reference::load(&folders).ok();
    std::fs::write(&path, bytes).unwrap();
    match reference::load(&folders) {
        Ok(loaded) => {
            let same = known.is_some_and(|known| known.digest == loaded.digest);
            assert_eq!(
                same,
                before.as_deref() == Some(bytes),
                "{name}: the digest tells files apart"
            );
        }
        Err(errors) => assert!(!errors.is_empty() && errors.len() <= 101),
    }
    match before {
        Some(before) => std::fs::write(&path, before).unwrap(),
        None => std::fs::remove_file(&path).unwrap(),
    }
}

/// `keys.toml`: what is said of a bad file does not repeat it.
pub fn key_file(folder: &Path, bytes: &[u8]) {
    let path = folder.join("keys.toml");
    std::fs::write(&path, bytes).unwrap();
    match keys::load(&path) {
        Ok(keys) => assert_eq!(keys.key_id().len(), 12),
        Err(error) => {
            let text = String::from_utf8_lossy(bytes);
            let long = |word: &&str| word.len() >= 16 && !error.starts_with(*word);
            let mut secrets = text.split(|c: char| !c.is_ascii_hexdigit()).filter(long);
            assert!(secrets.all(|secret| !error.contains(secret)), "{error}");
        }
    }
}

/// A policy file: whatever is accepted settles any claim.
pub fn policy(text: &str) {
    let files = vec![("p.toml".to_owned(), text.to_owned())];
    match policy_book::read(files) {
        Ok(loaded) => loaded.book.policies().iter().for_each(policy_is_right),
        Err(errors) => assert!(errors.iter().all(|error| !error.is_empty())),
    }
}

fn policy_is_right(policy: &Policy) {
    for layer in &policy.layers {
        for (_, table) in layer.ratio.iter() {
            for row in &table.rows {
                assert!(row.value.first().is_some_and(|first| first.above.is_zero()));
                assert!(row.value.windows(2).all(|pair| pair[0].above < pair[1].above));
            }
        }
        for (_, table) in layer.deductible.iter() {
            let amounts = |row: &Row<DeductibleValue>| match &row.value {
                DeductibleValue::Amounts(amounts) => !amounts.is_empty(),
                DeductibleValue::Share { .. } => true,
            };
            assert!(table.rows.iter().all(amounts));
        }
    }
    for (med_type, filing, scope, level, person) in [
        ("21", FilingClass::Local, Scope::Local, "01", "1101"),
        ("21", FilingClass::Referral, Scope::OtherProvince, "06", "1201"),
        ("11", FilingClass::Unfiled, Scope::SameProvince, "11", "1401"),
        ("14", FilingClass::LongTerm, Scope::OtherProvince, "08", "1101"),
        ("41", FilingClass::OtherTemporary, Scope::OtherProvince, "03", "1501"),
    ] {
        for day in ["2001-04-01", "2026-03-10", "2999-12-31"] {
            let on = Date::parse(day.as_bytes()).unwrap();
            settles(policy, on, med_type, (filing, scope), level, person);
        }
    }
}

/// Settles claims of small and of the largest amounts, one after another.
fn settles(
    policy: &Policy,
    on: Date,
    med_type: &str,
    (filing, scope): (FilingClass, Scope),
    level: &str,
    person_type: &str,
) {
    let med_type = MedType::parse(med_type, &[]).unwrap();
    let care = AdmDiv::parse(b"120000").unwrap();
    let mut facts = Facts {
        insurance: policy.insurance[0],
        age: Some(70),
        level: HospitalLevel::parse(level).unwrap(),
        filing,
        scope,
        disease: CodeHead::of("M00500"),
        begin: on,
        ..Facts::empty()
    };
    facts.set_person_type(PersonType::parse(person_type).unwrap());
    facts.set_care_region(care);
    facts.set_med_type(&med_type, &policy.symbols);
    let Ok(terms) = policy.terms(on, &facts) else { return };
    let person = PersonRecord::default();
    let entitled = Entitled {
        insured: policy.region,
        care: CareRegion(care),
        scope,
        filing,
        level: facts.level,
        person: &person,
        policy,
        terms,
    };
    let (mut year, balance) = (Year::default(), Fen::new(1_000_000));
    let mut account = Account { as_of: Moment::default(), balance, sharing: Fen::new(77) };
    for in_scope in [0, 1, 99_999, 5_000_001, Fen::MAX_FIELD.get() - 300, 12_345_678] {
        let claim = Claim {
            insurance: policy.insurance[0],
            med_type,
            settled_at: Moment::midnight(on),
            account_used: true,
            ..Claim::default()
        };
        let charges = Charges {
            full_self_pay: Fen::new(100),
            over_limit: Fen::new(100),
            pre_self_pay: Fen::new(100),
            in_scope: Fen::new(in_scope),
            institution_over: Fen::new(50),
            ..Charges::default()
        };
        let priced = PricedClaim { claim, charges, lines: 1, findings: Vec::new() };
        // Holds its own identities, or panics.
        let settled = settle_claim(&priced, &entitled, History::of(&mut year), Some(&mut account));
        assert!(!account.balance.is_negative() && !account.sharing.is_negative());
        let mut text = String::new();
        trace_text(&settled.steps, &mut text);
        assert_eq!(parse_trace(&text), Some(settled.steps));
    }
}

/// A pipeline file.
pub fn pipeline(folder: &Path, bytes: &[u8]) {
    let path = folder.join("pipeline.toml");
    std::fs::write(&path, bytes).unwrap();
    match Pipeline::load(&path) {
        Ok(pipeline) => {
            assert!((1..=4096).contains(&pipeline.buckets));
            assert!(!pipeline.line_tolerance.is_negative());
            assert!(!pipeline.policy.is_empty() && !pipeline.reference.is_empty());
            assert_eq!(pipeline.text.as_bytes(), bytes);
            assert_ne!(pipeline.inbox(Date::default()), PathBuf::new());
        }
        Err(errors) => assert!(!errors.is_empty()),
    }
}

/// `people.bin` and `ids.bin`, and the records inside.
pub fn state_files(folder: &Path, bytes: &[u8]) {
    let path = folder.join("state.bin");
    std::fs::write(&path, bytes).unwrap();
    for bucket in 0..5 {
        if let Ok(people) = read_bucket(&path, bucket, 4) {
            assert_eq!(decode_bucket(&encode_bucket(&people).unwrap()), Some(people));
        }
    }
    if let Some(people) = decode_bucket(bytes) {
        let people: BTreeMap<u128, _> = people;
        assert_eq!(decode_bucket(&encode_bucket(&people).unwrap()), Some(people));
    }
    if let Ok(file) = IdFile::open(&path) {
        let ids = bytes.chunks_exact(16).map(|id| u128::from_be_bytes(id.try_into().unwrap()));
        for id in ids.chain([0, u128::MAX]) {
            assert!(file.find(id).all(|entry| entry.id == id));
        }
    }
}

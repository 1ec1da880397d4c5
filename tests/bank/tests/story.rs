use novate_bank_tests::Stage;
#[tokio::test]
async fn smoke() {
    Stage::new().await;
}

//! Chinese is written with traditional and with simplified characters: words are compared in the simplified ones.

/// The traditional characters that occur in talk about software, sorted, so that they can be searched.
const TRADITIONAL: &str = "\
    並亂亞佈佔併來侶倆倉個們側偵備傳價億儘優儲內兩凍剛創劃劑動務勝勢勵匯匱區協卻厭參吶員問啟喚喪單嗎嘆嘗嚴囉\
    國圍圓圖執堅報場塊墊壇壓壞夠夾奧嬰學實審寫寬寶將專尋對導屆層屬峽師帳帶幣幫幾庫廢廣張強彈彙彥後徑從復徬徵\
    徹恆惡愛態慣慮憂憑憶應懶戰戲戶拋掃掛採換揮損搶撐撥擁擇擊擋據擬擴擷擺擾攔攜敗數斷於昇時暫曆書會條棄極榮構\
    樂樓標樣樹橋機檔檢檻權歡歲歷歸殘氣決沒減測準滾滿漢漲潔潛濾瀏為無煉煩熱爭爲爾牆狀獎獨獲現瑣環產畢畫異當瘋\
    發盡監盤眾睏瞞瞭確碼磚礎礙禮種稱積穩竅筆筍節範簡簽籠籤糾紀紅納純紙級細終組結絕絡給統綁經維網緊緒線編緩練\
    縮縱總績繞繪繼續纖罵羅義習聖聯聲職聽腦腳臉臟臨臺與舉舊華萬葉蓋藍藝蘋處虛號蟲術衝裏補裝裡製複襲規視覺覽觀\
    觸訂計訊討訓託記訪設許訴註詐評詞詢試該詳誌認語誤說説誰課調談請諒論諾謂講謝謹證識譜譯議護譽讀變讓負財貨責\
    費貼資賣質賬賴購贊趕跡蹤躍車軟軸較載輔輕輩輪輯輸轉轟辦迴這連週進遊運過達違遞遠適遲選遺還邊邏郵鄰醜釋針鈕\
    鉤銀銷鋪錄錢錯鍵鎖鏈鏡鐘鐵鑑鑰長門閃閉開閒間閣閱闆關陣陰陸隊階際隨險隱隻雙雜離難雲電靈靜鞏響頁頂項順須預\
    頓頗頭頸頻題額願顛類顧顯風飄飯餘館馬騙驅驗驚驟髒體鬆鬥鬧鮮麼黃點齊齒";

/// What each of them is in simplified characters, at the same place.
const SIMPLIFIED: &str = "\
    并乱亚布占并来侣俩仓个们侧侦备传价亿尽优储内两冻刚创划剂动务胜势励汇匮区协却厌参呐员问启唤丧单吗叹尝严啰\
    国围圆图执坚报场块垫坛压坏够夹奥婴学实审写宽宝将专寻对导届层属峡师帐带币帮几库废广张强弹汇彦后径从复彷征\
    彻恒恶爱态惯虑忧凭忆应懒战戏户抛扫挂采换挥损抢撑拨拥择击挡据拟扩撷摆扰拦携败数断于升时暂历书会条弃极荣构\
    乐楼标样树桥机档检槛权欢岁历归残气决没减测准滚满汉涨洁潜滤浏为无炼烦热争为尔墙状奖独获现琐环产毕画异当疯\
    发尽监盘众困瞒了确码砖础碍礼种称积稳窍笔笋节范简签笼签纠纪红纳纯纸级细终组结绝络给统绑经维网紧绪线编缓练\
    缩纵总绩绕绘继续纤骂罗义习圣联声职听脑脚脸脏临台与举旧华万叶盖蓝艺苹处虚号虫术冲里补装里制复袭规视觉览观\
    触订计讯讨训托记访设许诉注诈评词询试该详志认语误说说谁课调谈请谅论诺谓讲谢谨证识谱译议护誉读变让负财货责\
    费贴资卖质账赖购赞赶迹踪跃车软轴较载辅轻辈轮辑输转轰办回这连周进游运过达违递远适迟选遗还边逻邮邻丑释针钮\
    钩银销铺录钱错键锁链镜钟铁鉴钥长门闪闭开闲间阁阅板关阵阴陆队阶际随险隐只双杂离难云电灵静巩响页顶项顺须预\
    顿颇头颈频题额愿颠类顾显风飘饭余馆马骗驱验惊骤脏体松斗闹鲜么黄点齐齿";

/// Bytes of each of these characters in UTF-8.
const WIDTH: usize = 3;

/// The simplified form of a character; the character itself where it has none.
pub(crate) fn simplified(c: char) -> char {
    place_of(c).and_then(|place| SIMPLIFIED[place * WIDTH..].chars().next()).unwrap_or(c)
}

/// The place of a character among the traditional ones.
fn place_of(c: char) -> Option<usize> {
    let mut bytes = [0; 4];
    let c: &[u8; WIDTH] = c.encode_utf8(&mut bytes).as_bytes().try_into().ok()?;
    let (known, _) = TRADITIONAL.as_bytes().as_chunks();
    known.binary_search(c).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_traditional_character_has_a_simplified_one_of_its_width() {
        assert_eq!(TRADITIONAL.len(), SIMPLIFIED.len());
        assert!(TRADITIONAL.chars().chain(SIMPLIFIED.chars()).all(|c| c.len_utf8() == WIDTH));
        assert!(TRADITIONAL.chars().is_sorted_by(|a, b| a < b));
        assert!(SIMPLIFIED.chars().all(|c| simplified(c) == c));
    }

    #[test]
    fn characters_become_simplified_and_others_stay() {
        assert_eq!("請幫我測試並合併".chars().map(simplified).collect::<String>(), "请帮我测试并合并");
        assert_eq!("テスト実行 변경 a".chars().map(simplified).collect::<String>(), "テスト実行 변경 a");
    }
}
